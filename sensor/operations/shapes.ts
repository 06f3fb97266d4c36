import { attributes } from '@runlens/protocol/telemetry';
import type { Attribute } from '../export/metrics.ts';
import type { Shape } from './recorder.ts';
import { routeShape } from './route-shape.ts';
import { type SqlDialect, sqlShape } from './sql.ts';
import { StatementCache } from './statement-cache.ts';

/** `db.system.name` of OpenTelemetry's registry. */
export type SqlSystem = SqlDialect;
export type OtherSystem = 'redis' | 'mongodb';

/** Different shapes at once; what comes when there are so many is told as one of its system or host. */
const mostShapes = 2_000;
const longestName = 128;
const mostHosts = 200;
const other = '_OTHER';
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE', 'QUERY']);

/** Gives what is asked its shape: one object for all that are the same, of a bounded number. */
export class Shapes {
  readonly #shapes = new Map<string, Shape>();
  readonly #statements = new StatementCache<Shape>();
  readonly #hosts = new Set<string>();

  sql(system: SqlSystem, statement: string, server = ''): Shape {
    const known = this.#statements.get(system, server, statement);
    if (known) return known;
    const { text, summary, operation, collection } = sqlShape(statement, system);
    const shape = this.#same(
      `${system}\0${server}\0${text}`,
      'db',
      () => {
        const own = database(system, server);
        if (summary !== '') own.push([attributes.dbSummary, summary]);
        own.push([attributes.dbText, text]);
        if (operation !== '') own.push([attributes.dbOperation, operation]);
        if (collection !== undefined) own.push([attributes.dbCollection, collection]);
        return own;
      },
      () => database(system, server),
    );
    this.#statements.set(system, server, statement, shape);
    return shape;
  }

  /** A command of a database that is no SQL: `text` has no value in it. */
  command(system: OtherSystem, operation: string, collection: string, text: string, server = ''): Shape {
    return this.#same(
      `${system}\0${server}\0${operation}\0${collection}\0${text}`,
      'db',
      () => {
        const own = database(system, server);
        own.push([attributes.dbSummary, collection === '' ? operation : `${operation} ${collection}`]);
        if (text !== '') own.push([attributes.dbText, text]);
        own.push([attributes.dbOperation, operation]);
        if (collection !== '') own.push([attributes.dbCollection, collection.slice(0, longestName)]);
        return own;
      },
      () => database(system, server),
    );
  }

  http(asked: string, host: string, port: number | undefined, path: string): Shape {
    const method = methods.has(asked.toUpperCase()) ? asked.toUpperCase() : other;
    const address = this.#host(host);
    const template = routeShape(path);
    const common = (): Attribute[] => {
      const own: Attribute[] = [
        [attributes.httpMethod, method],
        [attributes.serverAddress, address],
      ];
      if (port !== undefined) own.push([attributes.serverPort, port]);
      return own;
    };
    return this.#same(
      `${method}\0${address}\0${port}\0${template}`,
      'http',
      () => [...common(), [attributes.urlTemplate, template]],
      common,
    );
  }

  /** Makes room once there are too many, so that the shapes of today are told and not those of the start. */
  settle(): void {
    if (this.#shapes.size < mostShapes && this.#hosts.size < mostHosts) return;
    this.#shapes.clear();
    this.#statements.clear();
    this.#hosts.clear();
  }

  #host(host: string): string {
    const address = host.toLowerCase().slice(0, longestName);
    if (!/^[a-z0-9._:[\]-]+$/.test(address)) return other;
    if (this.#hosts.has(address)) return address;
    if (this.#hosts.size >= mostHosts) return other;
    this.#hosts.add(address);
    return address;
  }

  #same(key: string, kind: Shape['kind'], make: () => readonly Attribute[], rest: () => readonly Attribute[]): Shape {
    const known = this.#shapes.get(key);
    if (known) return known;
    if (this.#shapes.size >= mostShapes) {
      const others = rest();
      const restKey = `${other}${JSON.stringify(others)}`;
      const known = this.#shapes.get(restKey);
      if (known) return known;
      return this.#keep(restKey, { kind, attributes: others });
    }
    return this.#keep(key, { kind, attributes: make() });
  }

  #keep(key: string, shape: Shape): Shape {
    this.#shapes.set(key, shape);
    return shape;
  }
}

function database(system: string, server: string): Attribute[] {
  const own: Attribute[] = [[attributes.dbSystem, system]];
  if (server !== '') own.push([attributes.serverAddress, server.slice(0, longestName)]);
  return own;
}
