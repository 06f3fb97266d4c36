// What the extension sends to its pages: built here, as the pages by themselves have no collector.
import type { Duration, Profile } from '@runlens/protocol/api/profile';
import type { SeriesPoint } from '@runlens/protocol/api/series';
import type { ToDetailsPage } from '@runlens/protocol/details';
import type { FunctionHistory } from '@runlens/protocol/lsp-pages';
import type { ToOverviewPage } from '@runlens/protocol/overview-page';

const until = Date.UTC(2026, 10, 22, 12);
const minute = 60_000;
const iso = (minutesAgo: number): string => new Date(until - minutesAgo * minute).toISOString();

export const historyPoints = 15;

const duration: Duration = {
  ...{ p50: 0.0008, p90: 0.004, p95: 0.009, p99: 0.017, max: 0.0114, mean: 0.0043, total: 502, samples: 118_000 },
  histogram: { zeroCount: 0, indexes: [-330, -320, -300, -256], counts: [60_000, 40_000, 17_000, 1_000] },
};

const profile = (calls: number): Profile => ({
  ...{ service: 'shop', environment: 'production', file: 'pricing/price.ts', function: 'priceLine', line: 15 },
  ...{ calls, callsPerMinute: calls / 15, errors: 3, errorRate: 3 / calls, duration, timeShare: 0.04, instances: 3 },
  versions: ['43', '42'].map((version, i) => ({
    ...{ version, line: 15, calls: calls / 2, callsPerMinute: 1_000, errors: i, duration },
    ...{ measuredSince: iso(10), lastSeen: iso(0) },
  })),
  ...{ measuredSince: iso(10), lastSeen: iso(0) },
  entries: [{ name: 'GET /products', calls: 77_000, duration: null }],
  conditions: null,
  exemplars: [{ time: iso(3), seconds: 0.0114, entry: 'GET /products', conditions: [] }],
  callers: [{ function: 'Shelf.card', file: 'catalog/shelf.ts', calls: 110_000 }],
  queries: [
    {
      statement: 'SELECT * FROM prices WHERE id = ?',
      system: 'sqlite',
      callsPerCall: 24,
      calls: 24_000,
      totalSeconds: 3,
    },
  ],
  outgoing: [],
  exceptions: [
    {
      ...{ type: 'RangeError', message: 'no price for {n}', count: 3, caughtHere: 0, uncaught: 3 },
      ...{ firstSeen: iso(8), lastSeen: iso(1) },
      thrown: { file: 'pricing/price.ts', function: 'priceLine', line: 22 },
    },
  ],
});

/** Not measured at first, then not called, then called. */
const point = (i: number): SeriesPoint => {
  const measured = i >= 5;
  const called = i >= 6;
  return {
    at: iso(historyPoints - i),
    measured,
    calls: called ? 8_000 + 100 * i : 0,
    callsPerMinute: measured ? (called ? 8_000 + 100 * i : 0) : null,
    errors: i === 12 ? 3 : 0,
    duration: called
      ? {
          p50: 0.0008,
          p90: 0.004,
          p99: 0.017,
          histogram: { zeroCount: 0, indexes: [-42, -40, -30], counts: [9, 5, 1] },
        }
      : null,
  };
};

const history: FunctionHistory = {
  kind: 'history',
  series: {
    ...{ service: 'shop', environment: 'production', file: 'pricing/price.ts', function: 'priceLine', line: 15 },
    ...{ window: { since: iso(historyPoints), until: iso(0) }, stepSeconds: 60 },
    points: Array.from({ length: historyPoints }, (_, i) => point(i)),
    versions: [
      { version: '42', firstSeen: iso(10), lastSeen: iso(0) },
      { version: '43', firstSeen: iso(4), lastSeen: iso(0) },
    ],
  },
  callees: [{ file: 'pricing/price.ts', function: 'roundToCent', line: 40, calls: 119_000 }],
  ...{ surveyed: 142, measured: 142 },
};

export function detailsMessage(told: { calls?: number; history?: FunctionHistory | null } = {}): ToDetailsPage {
  const shown = profile(told.calls ?? 118_000);
  const start = { line: 14, character: 0 };
  return {
    type: 'view',
    view: {
      function: {
        ...{ name: 'priceLine', range: { start, end: start }, selectionRange: { start, end: start } },
        ...{ state: { kind: 'measured', mapping: 'exact', profile: shown }, label: '', heat: 3, failingElsewhere: [] },
      },
      environments: [shown, { ...shown, environment: 'staging', calls: 7 }],
      history: told.history === undefined ? history : told.history,
      ...{ uri: 'file:///shop/pricing/price.ts', window: '15m', at: iso(0) },
    },
  };
}

export function overviewMessage(): ToOverviewPage {
  const numbers = { calls: 6_000, callsPerMinute: 200, errors: 0, p50: 0.004, p95: 0.04, p99: 0.08 };
  const side = { window: { since: iso(10), until: iso(0) }, batches: 10, instances: 1, calls: 111, errors: 1 };
  return {
    type: 'overview',
    view: {
      kind: 'overview',
      ...{ window: '15m', at: iso(0) },
      overview: {
        ...{ service: 'shop', environment: 'production', window: { since: iso(15), until: iso(0) } },
        files: ['src/pay.ts', 'src/cart.ts', 'main.ts'],
        functions: {
          name: ['charge', 'refund', 'total', 'idle', 'main'],
          file: [0, 0, 1, 1, 2],
          line: [3, 20, 1, 9, 1],
          calls: [10, 30, 100, 0, 1],
          errors: [1, 0, 0, 0, 0],
          seconds: [6, 2, 2, 0, 0.1],
        },
        ...{ measuredFunctions: 5, truncated: false },
      },
      versions: ['43', '42'].map((version, i) => ({
        ...{
          version,
          revision: '0123456789abcdef',
          firstSeen: iso(4 + i),
          lastSeen: iso(0),
          instances: 1,
          functions: 5,
        },
      })),
      changes: {
        kind: 'compared',
        comparison: {
          ...{
            service: 'shop',
            environment: 'production',
            of: 'versions',
            relation: 'after',
            traffic: 1,
            compared: 5,
            tested: 4,
            added: 0,
          },
          base: { ...side, version: '42' },
          now: { ...side, version: '43' },
          functions: [
            {
              ...{ file: 'src/pay.ts', function: 'charge', line: 3, base: numbers, now: { ...numbers, p50: 0.009 } },
              changes: [{ kind: 'slower', ratio: 2.25, falseDiscoveryRate: 1e-6 }],
            },
          ],
          ...{ truncated: false, newErrors: [], newQueries: [], removed: [] },
        },
      },
    },
  };
}
