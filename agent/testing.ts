/** Builders for the tests of the tools and of those who offer them. */
import type {
  Capture,
  CompareResponse,
  EntriesResponse,
  FileVersion,
  Finding,
  ProbeRequest,
  ProbeStatus,
  ProductionEvent,
  Profile,
  ProfilesResponse,
  ServicesResponse,
  SqlResponse,
  Statement,
  UnusedResponse,
} from '@runlens/protocol';
import type { ProductionFacts } from './facts.ts';
import type { TextOptions } from './text/options.ts';
import { plainStyle } from './text/style.ts';

export const now = Date.parse('2026-01-02T12:00:00.000Z');
const at = (secondsAgo: number): string => new Date(now - secondsAgo * 1_000).toISOString();
const window = { since: at(900), until: at(0) };

export const plainText: TextOptions = { budgetCharacters: 12_000, now, style: plainStyle };

export function duration(p50 = 0.0031, p99 = 0.12): NonNullable<Profile['duration']> {
  return {
    p50,
    p90: p99 * 0.6,
    p95: p99 * 0.8,
    p99,
    max: p99 * 2,
    mean: p50,
    total: p50 * 603_000,
    samples: 5_000,
    histogram: { zeroCount: 0, indexes: [-267], counts: [5_000] },
  };
}

export function profile(overrides: Partial<Profile> = {}): Profile {
  return {
    service: 'shop',
    environment: 'production',
    file: 'pricing/rules.ts',
    function: 'price',
    line: 12,
    calls: 603_000,
    callsPerMinute: 40_200,
    errors: 2_412,
    errorRate: 0.004,
    duration: duration(),
    timeShare: 0.12,
    versions: [
      {
        version: 'v42',
        line: 12,
        calls: 603_000,
        errors: 2_412,
        duration: duration(),
        measuredSince: at(7_200),
        lastSeen: at(3),
      },
    ],
    instances: 3,
    measuredSince: at(7_200),
    lastSeen: at(3),
    entries: [],
    conditions: null,
    exemplars: [],
    callers: [],
    queries: [],
    outgoing: [],
    exceptions: [],
    ...overrides,
  };
}

export function fileVersion(overrides: Partial<FileVersion> = {}): FileVersion {
  return {
    service: 'shop',
    environment: 'production',
    version: 'v42',
    lastSeen: at(3),
    unmeasured: [],
    ...overrides,
  };
}

export function services(...names: readonly string[]): ServicesResponse {
  return {
    now: at(0),
    services: names.map((name) => ({
      name,
      lastSeen: at(3),
      environments: [
        {
          name: 'production',
          lastSeen: at(3),
          versions: [
            {
              version: 'v42',
              revision: '0123456789abcdef',
              firstSeen: at(7_200),
              lastSeen: at(3),
              instances: 3,
              functions: 120,
            },
          ],
        },
      ],
    })),
  };
}

export function event(overrides: Partial<ProductionEvent> = {}): ProductionEvent {
  return {
    ...{ id: 'e-0123456789ab', source: 'alertmanager', kind: 'alert', state: 'firing', severity: 'critical' },
    ...{ title: 'HighErrorRate: 8 % of requests fail', service: 'shop', environment: 'production', version: null },
    ...{ revision: null, labels: { alertname: 'HighErrorRate' }, startedAt: at(720), endedAt: null, expired: false },
    ...{ firstSeen: at(700), lastSeen: at(60), messages: 3, fired: 1, flapping: false, quiet: false },
    concerns: {
      how: ['service shop: the label service_name'],
      entries: ['POST /checkout'],
      functions: [{ file: 'payments/charge.ts', function: 'charge', line: 12, why: '8 of 100 calls failed' }],
      files: ['payments/charge.ts'],
    },
    ...overrides,
  };
}

/** What production would answer, with the collector's own filters by file and function. */
export function facts(
  known: {
    readonly services?: ServicesResponse;
    readonly profiles?: readonly Profile[];
    readonly files?: readonly FileVersion[];
    readonly entries?: EntriesResponse['entries'];
    /** In the window before. */
    readonly before?: readonly Profile[];
    readonly unused?: UnusedResponse['deployments'];
    readonly findings?: readonly Finding[];
    readonly events?: readonly ProductionEvent[];
    readonly compared?: Partial<CompareResponse>;
    readonly rows?: Pick<SqlResponse, 'columns' | 'rows'> & Partial<SqlResponse>;
    readonly probes?: ProductionFacts['probes'];
  } = {},
): ProductionFacts {
  const profiles = known.profiles ?? [];
  const page = (selected: readonly Profile[]): ProfilesResponse => ({
    window,
    resolution: 'memory',
    profiles: [...selected],
    files: [...(known.files ?? [])],
    truncated: false,
  });
  return {
    services: async () => known.services ?? services('shop'),
    profiles: async (query) =>
      page(
        (query.until === undefined ? profiles : (known.before ?? profiles)).filter(
          (candidate) =>
            (query.file === undefined || candidate.file === query.file) &&
            (query.function === undefined || candidate.function === query.function),
        ),
      ),
    hot: async (query) => ({
      window,
      resolution: 'memory',
      by: query.by ?? 'time',
      functions: profiles.slice(0, Number(query.limit ?? 50)),
      measuredFunctions: profiles.length,
    }),
    entries: async () => ({
      window,
      resolution: 'memory',
      entries: [...(known.entries ?? [])],
      truncated: false,
    }),
    statements: async ({ by = 'total', limit = 50, until }) => {
      const all = (until === undefined ? profiles : (known.before ?? profiles)).flatMap(statementsOf);
      return {
        ...{ window, by, statements: all.slice(0, Number(limit)), found: all.length },
        totalSeconds: all.reduce((sum, { totalSeconds }) => sum + totalSeconds, 0),
        ...{ surveyedFunctions: profiles.length, measuredFunctions: profiles.length },
      };
    },
    unused: async () => ({ now: at(0), deployments: [...(known.unused ?? [])] }),
    findings: async () => ({
      now: at(0),
      evaluatedAt: at(20),
      findings: [...(known.findings ?? [])],
      found: known.findings?.length ?? 0,
      services: [],
    }),
    events: async () => ({
      ...{ now: at(0), since: at(3_600), events: [...(known.events ?? [])], found: known.events?.length ?? 0 },
      firing: (known.events ?? []).filter(({ state }) => state === 'firing').length,
    }),
    event: async (id) => {
      const event = known.events?.find((each) => each.id === id);
      if (event === undefined) throw new Error('There is no such event.');
      return { ...event, evidence: [{ at: at(60), payload: JSON.stringify({ title: event.title }) }] };
    },
    compare: async ({ service, environment }) => comparison({ service, environment, ...known.compared }),
    query: async () => ({
      ...{ window, truncated: false, asOf: at(5), functions: 40, filesLeftOut: 0, milliseconds: 3 },
      ...(known.rows ?? { columns: [], rows: [] }),
    }),
    probes: known.probes ?? noProbes,
  };
}

/** The collector puts those of several functions together. */
const statementsOf = ({
  service,
  environment,
  function: name,
  file,
  line,
  lastSeen,
  ...profile
}: Profile): Statement[] =>
  profile.queries.map(({ system, statement, calls, errors = 0, totalSeconds, repeats }) => ({
    ...{ service, environment, system, statement, calls, errors, totalSeconds },
    versions: profile.versions.map(({ version }) => version),
    meanSeconds: calls === 0 ? 0 : totalSeconds / calls,
    repeats: repeats?.mean ?? null,
    repeatedIn: repeats?.within?.function ?? null,
    askers: [{ function: name, file, line, calls }],
    lastSeen: lastSeen ?? at(0),
  }));
export function finding(overrides: Partial<Finding> = {}): Finding {
  return {
    id: 'f-0123456789ab',
    kind: 'repeatedQuery',
    service: 'shop',
    environment: 'production',
    place: { file: 'catalog/shelf.ts', function: 'Shelf.list', line: 42 },
    title: 'Shelf.list asks a query for each item: 24 times in one call',
    evidence: [
      'Stock.availableOf asks it 24 times in one call of Shelf.list: SELECT available FROM stock WHERE id = ?',
    ],
    remedy: 'Ask for all items at once.',
    confidence: 'certain',
    impact: { score: 546, secondsPerDay: 546, errorsPerDay: 0, queriesPerMinute: 90_000, callsPerDay: 2e6 },
    entries: ['GET /products'],
    versions: ['v42'],
    state: 'new',
    firstSeen: at(3_600),
    lastSeen: at(20),
    ...overrides,
  };
}

export function comparison(overrides: Partial<CompareResponse> = {}): CompareResponse {
  const side = { window, batches: 12, instances: 1, calls: 600_000, errors: 600 };
  return {
    service: 'shop',
    environment: 'production',
    of: 'versions',
    relation: 'after',
    base: { ...side, version: 'v41' },
    now: { ...side, version: 'v42' },
    traffic: 1,
    compared: 40,
    tested: 30,
    functions: [],
    truncated: false,
    newErrors: [],
    newQueries: [],
    removed: [],
    added: 0,
    ...overrides,
  };
}

const noSuchProbe = async (): Promise<never> => {
  throw new Error('There is no such probe.');
};
const noProbes: ProductionFacts['probes'] = {
  place: noSuchProbe,
  list: async () => [],
  get: noSuchProbe,
  captures: noSuchProbe,
  remove: noSuchProbe,
};

export function probeStatus(request: ProbeRequest, overrides: Partial<ProbeStatus> = {}): ProbeStatus {
  return {
    probe: {
      id: 'p-0123456789ab',
      request,
      capture: { depth: 3, fields: 20, elements: 100, characters: 255, frames: 16, bytes: 65_536, milliseconds: 1 },
      hits: 3,
      rate: 1,
      createdAt: at(10),
      expiresAt: at(-590),
      owner: { name: 'tester', kind: 'agent', role: 'agent', session: 's' },
      hash: '0'.repeat(64),
      paused: false,
    },
    state: 'armed',
    instances: [],
    hits: 0,
    captures: 0,
    numbers: [],
    ...overrides,
  };
}

export function capture(overrides: Partial<Capture> = {}): Capture {
  return {
    id: 'c-0123456789ab',
    probe: 'p-0123456789ab',
    kind: 'snapshot',
    at: at(1),
    service: 'shop',
    environment: 'production',
    version: 'v42',
    instance: 'one',
    file: 'pricing/rules.ts',
    function: 'price',
    line: 12,
    values: { arguments: [['order', { t: 'number', v: '7' }]] },
    redacted: 0,
    cut: [],
    cost: 0.1,
    ...overrides,
  };
}
