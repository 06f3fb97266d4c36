import { attributes, metrics } from '@runlens/protocol/telemetry';
import type { Attribute } from '../export/metrics.ts';
import type { OperationDelta } from '../operations/recorder.ts';
import { routeShape } from '../operations/route-shape.ts';
import { Tally } from '../operations/tally.ts';
import type { RequestAtHand } from './request-at-hand.ts';

/** Routes between two drains; what is beyond is told without its route. */
const mostRoutes = 500;
/** Statuses of one route; what is beyond is told as the last of them would be. */
const mostStatuses = 40;
/** Addresses of which the shape is kept, where no framework tells a route. */
const mostShapes = 1_000;
const noRoute = '';

/** Answers by status. */
type Answers = Map<number, Tally>;
interface Route {
  /** Told by a framework, and not only the shape of an address. */
  readonly isRoute: boolean;
  readonly answers: Answers;
}

/**
 * How long requests took, each of them, by route and status: `http.server.request.duration` of OpenTelemetry's semantic
 * conventions, from the head of the request to the last byte of the answer. Maps within maps, since to make one key of
 * three texts would cost a request more than all the rest.
 */
export class EntryDurations {
  readonly #byMethod = new Map<string, Map<string, Route>>();
  readonly #shapes = new Map<string, string>();
  #routes = 0;

  add(request: RequestAtHand, status: number, seconds: number): void {
    const { answers } = this.#routeOf(request);
    let tally = answers.get(status);
    if (!tally) {
      const known = answers.size < mostStatuses ? undefined : [...answers.values()].at(-1);
      tally = known ?? new Tally();
      if (!known) answers.set(status, tally);
    }
    tally.add(seconds);
  }

  /** What was answered since the last drain. */
  drain(): readonly OperationDelta[] {
    const deltas: OperationDelta[] = [];
    for (const [method, routes] of this.#byMethod) {
      for (const [name, { isRoute, answers }] of routes) {
        const own: Attribute[] = [[attributes.httpMethod, method]];
        if (name !== noRoute) own.push([isRoute ? attributes.httpRoute : attributes.urlTemplate, name]);
        for (const [status, tally] of answers) {
          const how: Attribute[] = [[attributes.httpStatusCode, status]];
          // A server has failed by 500 and more only: what a client did wrong is no error of it.
          if (status >= 500) how.push([attributes.errorType, String(status)]);
          const numbers = tally.numbers();
          deltas.push({ metric: metrics.serverDuration, slot: -1, within: -1, attributes: [...own, ...how], numbers });
        }
      }
    }
    this.#byMethod.clear();
    this.#routes = 0;
    return deltas;
  }

  #routeOf(request: RequestAtHand): Route {
    const { method, pattern, isLost } = request;
    let routes = this.#byMethod.get(method);
    if (!routes) {
      routes = new Map();
      this.#byMethod.set(method, routes);
    }
    let name = pattern ?? (isLost ? noRoute : this.#shapeOf(request.url));
    const known = routes.get(name);
    if (known) return known;
    if (this.#routes >= mostRoutes && name !== noRoute) {
      name = noRoute;
      const others = routes.get(name);
      if (others) return others;
    }
    const route = { isRoute: pattern !== undefined, answers: new Map() };
    routes.set(name, route);
    this.#routes += 1;
    return route;
  }

  #shapeOf(url: string): string {
    let shape = this.#shapes.get(url);
    if (shape === undefined) {
      if (this.#shapes.size >= mostShapes) this.#shapes.clear();
      shape = routeShape(url);
      this.#shapes.set(url, shape);
    }
    return shape;
  }
}
