import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { program } from '../frame/compile.ts';
import { benchFolder, compiled, repository, sensorEntry } from '../frame/places.ts';

const require = createRequire(import.meta.url);

/** What is compared with the plain run of the same program, by its name on the command line. */
const ways = {
  'plain again': 'the same once more: how much of a difference is noise',
  counter: 'one slot counted up at the start of each function: the floor',
  istanbul: 'counters of functions, statements and branches',
  sensor: 'the sensor',
  'sensor without callers': 'the sensor with RUNLENS_CALLERS=0: what learning who calls costs',
  'sensor without errors': 'the sensor with RUNLENS_EXCEPTIONS=0: what telling errors by message and origin costs',
  'sensor without operations': 'the sensor with RUNLENS_OPERATIONS=0: what watching drivers costs',
  'sensor without probes': 'the sensor with RUNLENS_PROBES=0: what loading twins costs while none is open',
  'sensor alone': 'the sensor without any of these four: counts, durations and entries',
  'sensor every 10 s': 'the sensor as in production: an export each 10 s, measured from after the first one on',
  profiler: "V8's own sampling profiler at 1 ms (node --cpu-prof)",
  otel: 'an OpenTelemetry span in each function',
  appmap: "AppMap's agent for Node, recording to disk",
} as const;
export type WayName = keyof typeof ways | 'plain';

/** What the sensor is told besides, in the ways that leave a part of it out. */
const settings: Readonly<Partial<Record<WayName, NodeJS.ProcessEnv>>> = {
  'sensor without callers': { RUNLENS_CALLERS: '0' },
  'sensor without errors': { RUNLENS_EXCEPTIONS: '0' },
  'sensor without operations': { RUNLENS_OPERATIONS: '0' },
  'sensor without probes': { RUNLENS_PROBES: '0' },
  'sensor alone': { RUNLENS_CALLERS: '0', RUNLENS_EXCEPTIONS: '0', RUNLENS_OPERATIONS: '0', RUNLENS_PROBES: '0' },
};

/** In which a run may take a hundred times as long: measured when they are asked for, and less often. */
const slow: ReadonlySet<WayName> = new Set(['otel', 'appmap']);
export const isSlow = (name: WayName): boolean => slow.has(name);
export const roundsWhenSlow = 2;

/** Measured when they are asked for; of services only. */
const long: ReadonlySet<WayName> = new Set(['sensor every 10 s', ...Object.keys(settings)] as WayName[]);
export const isLong = (name: WayName): boolean => long.has(name);

const known = Object.keys(ways) as (keyof typeof ways)[];

/** The ways that were asked for, `all` of them, or by default those that are not slow. Throws on a name that there is not. */
export function chooseWays(names: readonly string[]): readonly WayName[] {
  if (names.length === 0) return known.filter((name) => !slow.has(name) && !long.has(name));
  if (names.includes('all')) return known;
  return names.map((name) => {
    const way = known.find((one) => one === name);
    if (way) return way;
    const list = known.map((one) => `  ${one}: ${ways[one]}`).join('\n');
    throw new Error(`--ways: there is no way "${name}"; there are "all" and\n${list}`);
  });
}

export interface Launch {
  /** Options of Node, before the program. */
  readonly options: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

interface LaunchOptions {
  readonly collectorUrl: string;
  /** `service.name` of what is run. */
  readonly service: string;
  /** Folders and files beside the compiled services, relative to the repository, whose functions are measured too. */
  readonly include: readonly string[];
}

/** Where recordings of peers are written to; removed by whoever runs them. */
export const recordings = join(tmpdir(), 'runlens-bench-recordings');

/** Everything but the way of measuring is the same: the same program, the same environment. */
export function launch(way: WayName, { collectorUrl, service, include }: LaunchOptions): Launch {
  // What the caller's shell says to Node or to a sensor is no part of the comparison.
  const { NODE_OPTIONS: _options, RUNLENS_INCLUDE: _include, RUNLENS_EXCLUDE: _exclude, ...inherited } = process.env;
  const environment = { ...inherited, NODE_ENV: 'production' };
  const included = include.map((path) => join(repository, path));
  const files = { BENCH_FILES: JSON.stringify([join(compiled, 'services'), ...included]) };
  const hook = (name: string) => ['--require', program(`hooks/${name}`)];
  switch (way) {
    case 'plain':
    case 'plain again':
      return { options: [], environment };
    case 'counter':
    case 'otel':
      return { options: hook(way), environment: { ...environment, ...files } };
    case 'istanbul': {
      const cache = join(tmpdir(), 'runlens-bench-istanbul');
      return { options: hook(way), environment: { ...environment, ...files, ISTANBUL_CACHE: cache } };
    }
    case 'profiler':
      return { options: ['--cpu-prof', '--cpu-prof-interval', '1000', '--cpu-prof-dir', recordings], environment };
    case 'appmap':
      return {
        // What its own command preloads.
        options: ['--require', join(dirname(require.resolve('appmap-node')), 'register.js')],
        environment: { ...environment, APPMAP_ROOT: appMapRoot([join(benchFolder, 'services'), ...included]) },
      };
    case 'sensor':
    case 'sensor without callers':
    case 'sensor without errors':
    case 'sensor without operations':
    case 'sensor without probes':
    case 'sensor alone':
    case 'sensor every 10 s':
      return {
        options: ['--import', sensorEntry],
        environment: {
          ...environment,
          ...settings[way],
          OTEL_SERVICE_NAME: service,
          OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl,
          RUNLENS_ROOT: repository,
          RUNLENS_INCLUDE: include.join(','),
          // As `runlens run` sets it: ten times as often as a service in production.
          RUNLENS_FLUSH_INTERVAL: way === 'sensor every 10 s' ? '10s' : '1s',
          // What it costs is what is to be found out.
          RUNLENS_CPU_BUDGET: 'off',
        },
      };
  }
}

/** A folder with the configuration of AppMap's agent, which goes by the paths of the sources. */
function appMapRoot(paths: readonly string[]): string {
  const root = join(recordings, 'appmap');
  mkdirSync(root, { recursive: true });
  const packages = paths.map((path) => ({ path }));
  const configuration = { name: 'bench', language: 'javascript', appmap_dir: root, packages };
  // JSON is YAML.
  writeFileSync(join(root, 'appmap.yml'), JSON.stringify(configuration));
  return root;
}
