// node load.ts --url URL [--duration SECONDS] [--rate N] [--checkout-rate N] [--connections N] [--json]
// What customers do, against a shop on this machine: browse, search, fill carts, and now and then buy.
import { createHistogram } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { seededRandom } from './seeded-random.ts';

const usage = `usage: node load.ts --url http://127.0.0.1:PORT [options]
  --duration SECONDS     1 to 1800, default 60
  --rate N               requests a second without the checkouts, 1 to 1000, default 80
  --checkout-rate N      checkouts a second, 0 to 100, default 12
  --connections N        customers who browse at once, 1 to 50, default 8
  --json                 print the summary as JSON`;

/** Customers who check out at the same moment: more than the gateway has sessions for. */
const checkoutConnections = 6;

class UsageError extends Error {}

interface Plan {
  readonly url: string;
  readonly durationSeconds: number;
  readonly rate: number;
  readonly checkoutRate: number;
  readonly connections: number;
  readonly json: boolean;
}

function readPlan(argv: readonly string[]): Plan {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      url: { type: 'string' },
      duration: { type: 'string', default: '60' },
      rate: { type: 'string', default: '80' },
      'checkout-rate': { type: 'string', default: '12' },
      connections: { type: 'string', default: '8' },
      json: { type: 'boolean', default: false },
    },
  });
  const rate = wholeNumber('--rate', values.rate, 1, 1_000);
  return {
    url: localUrl(values.url),
    durationSeconds: wholeNumber('--duration', values.duration, 1, 1_800),
    rate,
    checkoutRate: wholeNumber('--checkout-rate', values['checkout-rate'], 0, 100),
    connections: Math.min(rate, wholeNumber('--connections', values.connections, 1, 50)),
    json: values.json,
  };
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`${option} must be a whole number from ${least} to ${most} (it is ${JSON.stringify(text)})`);
}

function localUrl(text: string | undefined): string {
  if (text === undefined) throw new UsageError('--url is missing');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' && url.hostname === '127.0.0.1') return url.origin;
  throw new UsageError(
    `--url must be http://127.0.0.1:PORT (it is ${JSON.stringify(text)}): no other host is put under load`,
  );
}

interface Visit {
  readonly route: string;
  readonly weight: number;
  readonly request: () => autocannon.Request;
}

const random = seededRandom(42);
const below = (limit: number): number => Math.floor(random() * limit);
const pick = <T>(items: readonly [T, ...T[]]): T => items[below(items.length)] ?? items[0];
const country = (): string => pick(['DE', 'DE', 'DE', 'FR', 'NL', 'AT']);
const product = (): number => 1 + below(20_000);
const categories = ['kitchen', 'garden', 'lighting', 'books', 'desk', 'pantry'] as const;
const words = ['walnut', 'lamp', 'brass bowl', 'round', 'by hand', 'linen towel', 'spare parts', 'hammock'] as const;
const items = (): { productId: number; quantity: number }[] =>
  Array.from({ length: 1 + below(5) }, () => ({ productId: product(), quantity: pick([1, 1, 1, 2, 3, 6]) }));
const post = (path: string, body: object): autocannon.Request => ({
  method: 'POST',
  path,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

const browsing: readonly Visit[] = [
  {
    route: 'GET /products',
    weight: 6,
    request: () => ({ path: `/products?page=${1 + below(40)}&country=${country()}` }),
  },
  {
    route: 'GET /products?category',
    weight: 3,
    request: () => ({ path: `/products?category=${pick(categories)}&country=${country()}` }),
  },
  {
    route: 'GET /products/search',
    weight: 3,
    request: () => ({ path: `/products/search?q=${encodeURIComponent(pick(words))}` }),
  },
  { route: 'GET /products/:id', weight: 5, request: () => ({ path: `/products/${product()}?country=${country()}` }) },
  {
    route: 'POST /cart/price',
    weight: 3,
    request: () =>
      post('/cart/price', { items: items(), country: country(), ...(below(4) === 0 ? { coupon: 'WELCOME10' } : {}) }),
  },
];

const buying: readonly Visit[] = [
  {
    route: 'POST /checkout',
    weight: 1,
    request: () =>
      post('/checkout', {
        items: items(),
        country: country(),
        email: `customer${below(5_000)}@example.com`,
        card: below(50) === 0 ? '4000000000000002' : '4242424242424242',
      }),
  },
];

interface Tally {
  requests: number;
  readonly statuses: Record<string, number>;
}

class Load {
  readonly #plan: Plan;
  readonly #running = new Set<autocannon.Instance>();
  readonly #tallies = new Map<string, Tally>();
  readonly #latency = createHistogram();
  #failed = 0;
  #stopped = false;
  #startMilliseconds = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  async run(): Promise<void> {
    const { rate, connections, checkoutRate } = this.#plan;
    const lanes: Promise<void>[] = [];
    this.#startMilliseconds = performance.now();
    // autocannon sends what a connection may send in a second at that second's start:
    // connections that start apart spread the load over the second.
    for (let lane = 0; lane < connections && !this.#stopped; lane++) {
      const laneRate = Math.floor((rate * (lane + 1)) / connections) - Math.floor((rate * lane) / connections);
      lanes.push(this.#lane(shuffled(browsing), 1, laneRate));
      await setTimeout(1_000 / connections);
    }
    if (checkoutRate > 0 && !this.#stopped) {
      lanes.push(this.#lane(buying, Math.min(checkoutConnections, checkoutRate), checkoutRate));
    }
    await Promise.all(lanes);
  }

  stop(): void {
    this.#stopped = true;
    for (const instance of this.#running) instance.stop?.();
  }

  get wasStopped(): boolean {
    return this.#stopped;
  }

  get summary() {
    const routes = Object.fromEntries(this.#tallies);
    const requests = [...this.#tallies.values()].reduce((sum, tally) => sum + tally.requests, 0);
    const milliseconds = (percentile: number): number => this.#latency.percentile(percentile) / 1_000;
    const latency = { p50: milliseconds(50), p90: milliseconds(90), p99: milliseconds(99), max: milliseconds(100) };
    return {
      url: this.#plan.url,
      durationSeconds: Math.round((performance.now() - this.#startMilliseconds) / 100) / 10,
      requests,
      failed: this.#failed,
      latencyMilliseconds: latency,
      routes,
    };
  }

  #lane(visits: readonly Visit[], connections: number, overallRate: number): Promise<void> {
    const { url, durationSeconds } = this.#plan;
    const requests = visits.flatMap((visit) => Array.from({ length: visit.weight }, () => this.#request(visit)));
    return new Promise((resolve, reject) => {
      const options = { url, connections, overallRate, duration: durationSeconds, timeout: 10, requests };
      const instance = autocannon(options, (error: unknown, result) => {
        this.#running.delete(instance);
        if (error) return reject(error);
        this.#failed += result.errors;
        resolve();
      });
      this.#running.add(instance);
      instance.on('response', (_client, _status, _bytes, milliseconds) => {
        this.#latency.record(Math.max(1, Math.round(milliseconds * 1_000)));
      });
    });
  }

  #request(visit: Visit): autocannon.Request {
    const tally = this.#tallies.get(visit.route) ?? { requests: 0, statuses: {} };
    this.#tallies.set(visit.route, tally);
    return {
      setupRequest: (request) => ({ ...request, ...visit.request() }),
      onResponse: (status) => {
        tally.requests++;
        tally.statuses[status] = (tally.statuses[status] ?? 0) + 1;
      },
    };
  }
}

/** The visits one by one in a random order, so that no two customers do the same at the same time. */
function shuffled(visits: readonly Visit[]): Visit[] {
  return visits
    .flatMap((visit) => Array.from({ length: visit.weight }, () => ({ visit: { ...visit, weight: 1 }, key: random() })))
    .sort((a, b) => a.key - b.key)
    .map(({ visit }) => visit);
}

function print(summary: Load['summary']): void {
  const { p50, p90, p99, max } = summary.latencyMilliseconds;
  console.log(`${summary.requests} requests in ${summary.durationSeconds} s, ${summary.failed} without an answer`);
  console.log(`latency p50 ${p50} ms · p90 ${p90} ms · p99 ${p99} ms · max ${max} ms`);
  for (const [route, { requests, statuses }] of Object.entries(summary.routes)) {
    const counts = Object.entries(statuses).map(([status, count]) => `${status}: ${count}`);
    console.log(`${route.padEnd(24)}${String(requests).padStart(8)}   ${counts.join('  ')}`);
  }
}

try {
  const plan = readPlan(process.argv.slice(2));
  const load = new Load(plan);
  process.once('SIGINT', () => load.stop());
  process.once('SIGTERM', () => load.stop());
  if (!plan.json) console.log(`${plan.rate} + ${plan.checkoutRate} requests a second for ${plan.durationSeconds} s`);
  await load.run();
  const summary = load.summary;
  if (plan.json) console.log(JSON.stringify(summary, undefined, 2));
  else print(summary);
  if (summary.requests === 0 && !load.wasStopped)
    throw new Error(`${plan.url} answered nothing: is the shop running there?`);
} catch (error) {
  console.error(`load: ${error instanceof Error ? error.message : error}`);
  const wrongUse = error instanceof UsageError || (error instanceof TypeError && 'code' in error);
  if (wrongUse) console.error(usage);
  process.exitCode = wrongUse ? 2 : 1;
}
