/** Services with one fault each, and services that only look like it. Sizes and rates differ from one to the next. */
import type { FindingKind } from '@runlens/protocol/api/findings';
import type { SimulatedFunction, SimulatedService, SimulatedVersion } from './simulated-service.ts';

export interface Case {
  readonly kind: FindingKind;
  readonly faulty: boolean;
  readonly service: SimulatedService;
  /** `kind function` of what is to be found. */
  readonly expected: readonly string[];
}

type Between = (least: number, most: number) => number;

/** Some routes, each with its handler, a query and a few helpers. Nothing in it deserves a fix. */
function healthy(between: Between): Omit<SimulatedVersion, 'version' | 'from' | 'until'> {
  const routes = Array.from({ length: 5 }, (_, i) => ({
    name: `GET /r${i}`,
    calls: between(40, 200),
    seconds: between(0.008, 0.03),
  }));
  return {
    entries: routes,
    functions: routes.flatMap(({ name, calls, seconds }, i): SimulatedFunction[] => {
      const entries = { [name]: 1 };
      return [
        { name: `handle${i}`, calls, seconds: 0.9 * seconds, entries },
        {
          ...{ name: `load${i}`, calls, seconds: 0.3 * seconds, entries, caller: `handle${i}` },
          queries: [{ statement: `SELECT a FROM t${i} WHERE id = ?`, calls, seconds: between(0.000_3, 0.000_9) }],
        },
        { name: `render${i}`, calls, seconds: 0.4 * seconds, entries, caller: `handle${i}` },
        { name: `escape${i}`, calls: 4 * calls, seconds: 5e-6, entries, caller: `render${i}` },
      ];
    }),
  };
}

interface Change {
  readonly functions?: readonly SimulatedFunction[];
  /** Of `handle0`. */
  readonly handler?: Partial<SimulatedFunction>;
  /** Answers of `GET /r0` from 500 on, a minute. */
  readonly failed?: number;
}

/** In one version for 45 minutes; or in two, the newer one for 30 of 90. */
function serviceOf(
  name: string,
  between: Between,
  change: (calls: number) => Change,
  before?: (calls: number) => Change,
): SimulatedService {
  const base = healthy(between);
  const calls = base.entries[0]?.calls ?? 0;
  const made = (
    version: string,
    from: number,
    until: number,
    { functions = [], handler = {}, failed = 0 }: Change,
  ): SimulatedVersion => ({
    ...{ version, from, until },
    entries: base.entries.map((entry, i) => (i === 0 ? { ...entry, errors: failed } : entry)),
    functions: [...base.functions.map((fn) => (fn.name === 'handle0' ? { ...fn, ...handler } : fn)), ...functions],
  });
  return {
    service: name,
    versions:
      before === undefined
        ? [made('v1', 45, 0, change(calls))]
        : [made('v1', 90, 30, before(calls)), made('v2', 30, 0, change(calls))],
  };
}

const forR0 = { 'GET /r0': 1 };

/** The `i`-th service of a kind. */
export function caseOf(kind: FindingKind, faulty: boolean, i: number, random: () => number): Case {
  const between: Between = (least, most) => least * (most / least) ** random();
  const name = `${kind}-${faulty ? 'faulty' : 'alike'}-${i}`;
  const of = (place: string, change: (calls: number) => Change, before?: (calls: number) => Change): Case => ({
    ...{ kind, faulty, expected: faulty ? [`${kind} ${place}`] : [] },
    service: serviceOf(name, between, change, before),
  });
  switch (kind) {
    case 'repeatedQuery': {
      const mean = Math.round(faulty ? between(7, 80) : between(2, 3.5));
      return of('handle0', (calls) => ({
        functions: [
          {
            ...{ name: 'ask', calls: calls * mean, seconds: 0.001, entries: forR0, caller: 'handle0' },
            queries: [
              {
                statement: 'SELECT b FROM items WHERE id = ?',
                calls: calls * mean,
                seconds: 0.000_6,
                repeated: { within: 'handle0', of: calls, mean },
              },
            ],
          },
        ],
      }));
    }
    case 'slowQuery': {
      const seconds = faulty ? between(0.02, 0.3) : between(0.001, 0.003);
      return of('search', (calls) => ({
        functions: [
          {
            name: 'search',
            calls,
            seconds,
            entries: forR0,
            queries: [{ statement: 'SELECT c FROM big WHERE note LIKE ?', calls, seconds }],
          },
        ],
      }));
    }
    case 'repeatedCall': {
      // Of 8 to 30 ms of a request: a third or more, or next to nothing.
      const times = Math.round(between(10, 60));
      const seconds = (faulty ? between(0.012, 0.02) : between(0.000_05, 0.000_3)) / times;
      return of('format', (calls) => ({
        functions: [{ name: 'format', calls: calls * times, seconds, entries: forR0, caller: 'handle0' }],
      }));
    }
    case 'identicalCalls': {
      const share = faulty ? between(0.85, 1) : between(0.01, 0.5);
      return of('rate', (calls) => ({
        functions: [
          {
            ...{ name: 'rate', calls, seconds: 0.01, entries: forR0, caller: 'handle0' },
            outgoing: { target: 'GET rates.internal:80/rates/{id}', calls, seconds: 0.01, failures: {}, same: share },
          },
        ],
      }));
    }
    case 'serialAwaits': {
      // Alike: the text says that they run together, or that one needs the other.
      const [one, other] = [between(0.006, 0.02), between(0.006, 0.02)];
      return of('page', (calls) => ({
        functions: [
          {
            ...{ name: 'page', calls, seconds: one + other, entries: forR0, caller: 'handle0' },
            ...(faulty ? { waits: '10 left, 11 right' } : {}),
          },
          { name: 'left', calls, seconds: one, entries: forR0, caller: 'page' },
          { name: 'right', calls, seconds: other, entries: forR0, caller: 'page' },
        ],
      }));
    }
    case 'failing': {
      // Alike: the framework answers 404 with it.
      const share = between(0.01, 0.1);
      return of('handle0', (calls) => ({
        ...(faulty ? { failed: calls * share } : {}),
        handler: {
          errors: share,
          thrown: [
            { type: 'TypeError', shape: 'x is not a function', by: 'handle0', handled: 'no', count: calls * share },
          ],
        },
      }));
    }
    case 'newError': {
      const thrown = (calls: number): Change => ({
        handler: {
          errors: 0.05,
          thrown: [{ type: 'RangeError', shape: 'no rate for {s}', by: 'handle0', handled: 'no', count: calls * 0.05 }],
        },
      });
      return of('handle0', thrown, faulty ? () => ({}) : thrown);
    }
    case 'failingDependency': {
      const share = between(0.03, 0.3);
      return of('ask', (calls) => ({
        functions: [
          {
            ...{ name: 'ask', calls, seconds: 0.01, entries: forR0, caller: 'handle0' },
            outgoing: {
              target: 'GET api.internal:80/x/{id}',
              calls,
              seconds: 0.01,
              failures: { [faulty ? '503' : '404']: calls * share },
            },
          },
        ],
      }));
    }
    case 'slowerVersion': {
      const seconds = between(0.002, 0.02);
      const work = (calls: number, takes: number): Change => ({
        functions: [{ name: 'work', calls, seconds: takes, entries: forR0 }],
      });
      // Alike: three times the calls, each as long as before.
      return of(
        'work',
        (calls) => work(faulty ? calls : calls * 3, faulty ? seconds * between(1.5, 4) : seconds),
        (calls) => work(calls, seconds),
      );
    }
    case 'failingVersion': {
      const work = (calls: number, errors: number): Change => ({
        functions: [{ name: 'work', calls, seconds: 0.001, errors, entries: forR0 }],
      });
      const share = between(0.02, 0.1);
      return of(
        'work',
        (calls) => work(calls, share),
        (calls) => work(calls, faulty ? share / 20 : share),
      );
    }
    case 'slowCondition': {
      const cold = faulty ? between(0.2, 2) : between(0.003, 0.01);
      return of('templates', (calls) => ({
        functions: [
          {
            name: 'templates',
            calls,
            seconds: 0.002,
            entries: forR0,
            conditions: [{ condition: 'cold', calls: 1, seconds: cold }],
          },
        ],
      }));
    }
    case 'growsWithConcurrency': {
      const at = (factor: number): number => 0.02 * (faulty ? factor : between(0.9, 1.2));
      return of('pool', (calls) => ({
        functions: [
          {
            ...{ name: 'pool', calls, seconds: 0.02, entries: forR0 },
            conditions: [
              { condition: 'requests 1', calls: calls / 2, seconds: at(1) },
              { condition: 'requests 2-4', calls: calls / 3, seconds: at(2.5) },
              { condition: 'requests 5-16', calls: calls / 6, seconds: at(between(5, 12)) },
            ],
          },
        ],
      }));
    }
    case 'growsWithTraffic': {
      // Busy and quiet in turn, or always the same; slower with either.
      const byRate = i % 2 === 0;
      const most = faulty ? between(4, 12) : between(1, 1.5);
      const busy = (ago: number): number => 0.5 + 0.5 * Math.cos(ago / 4);
      return of('grow', (calls) => ({
        functions: [
          {
            ...{ name: 'grow', calls, seconds: 0.003, entries: forR0 },
            course: (ago) =>
              byRate
                ? { calls: 0.2 + 2 * busy(ago), seconds: 1 + (most - 1) * Math.max(0, busy(ago) - 0.3) }
                : { seconds: 1 + ((most - 1) * (45 - ago)) / 45 },
          },
        ],
      }));
    }
    case 'neverCalled': {
      const { service, ...rest } = of('legacy', () => ({}));
      return {
        ...rest,
        service: { ...service, dead: { name: 'legacy', days: faulty ? between(9, 40) : between(0.5, 7) } },
      };
    }
  }
}
