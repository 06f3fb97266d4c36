/** Starts of one program: plain, and with the sensor when it has plans of nothing, or of everything. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { interleaved } from '../frame/interleaved.ts';
import { measuredCore, pinned } from '../frame/pinning.ts';
import { sensorEntry } from '../frame/places.ts';

export const ways = [
  'plain',
  'plain again',
  'first start',
  'next start',
  // The first one, of a program that was prepared while its image was built (docs/processes.md).
  'prepared start',
  // With V8's own code cache, which Node keeps where `NODE_COMPILE_CACHE` says: it is the service's to turn on.
  'plain, compile cache',
  'next start, compile cache',
] as const;
export type Way = (typeof ways)[number];

export interface StartCase {
  /** The program, which loads what it has and then calls what the module named by its first argument exports. */
  readonly entry: string;
  readonly root: string;
  readonly include: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
}

/** From the start of the process until all is loaded. */
export interface StartSample {
  /** CPU time of the whole process, its helper threads included. */
  readonly cpuMilliseconds: number;
  readonly wallMilliseconds: number;
  /** Most memory until then. */
  readonly megabytes: number;
}

/** Throws when a program ended otherwise than well, or came to another result than the plain one. */
export async function measureStarts(options: StartCase): Promise<ReadonlyMap<Way, readonly StartSample[]>> {
  const folder = mkdtempSync(join(tmpdir(), 'runlens-bench-starts-'));
  try {
    const teller = join(folder, 'tell.cjs');
    writeFileSync(teller, tellerText);
    const compileCache = (way: Way) =>
      way.endsWith('compile cache') ? { NODE_COMPILE_CACHE: join(folder, 'compiled', way) } : {};
    let expected: string | undefined;
    const measure = async (way: Way): Promise<StartSample> => {
      const cache = join(folder, 'cache', way);
      if (way === 'first start' || way === 'prepared start') rmSync(cache, { recursive: true, force: true });
      if (way === 'prepared start') await prepare(cache, options);
      const { outcome, ...sample } = await startOnce(
        way,
        teller,
        { RUNLENS_CACHE: cache, ...compileCache(way) },
        options,
      );
      expected ??= outcome;
      if (outcome !== expected) throw new Error(`${way}: ${outcome} instead of ${expected}`);
      return sample;
    };
    // Files of packages are prepared only where they are named.
    const wanted = ways.filter((way) => way !== 'prepared start' || options.include.length === 0);
    const variants = wanted.map((name) => ({ name, measure: () => measure(name) }));
    // The round that is thrown away fills the cache of the next starts.
    const samples = await interleaved(variants, { rounds: options.rounds, warmUp: 1, seconds: options.seconds });
    return new Map(wanted.map((way) => [way, samples.get(way) ?? []]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const tellerText = `
module.exports = (outcome) => {
  const { user, system } = process.cpuUsage();
  const sample = { cpuMilliseconds: (user + system) / 1e3, wallMilliseconds: performance.now() };
  const megabytes = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ ...sample, megabytes, outcome: String(outcome) }));
};
`;

const runMilliseconds = 60_000;

async function prepare(cache: string, options: StartCase): Promise<void> {
  await run(true, ['unused'], { RUNLENS_CACHE: cache, RUNLENS_PREPARE: '1' }, options);
}

async function startOnce(
  way: Way,
  teller: string,
  caches: NodeJS.ProcessEnv,
  options: StartCase,
): Promise<StartSample & { readonly outcome: string }> {
  return JSON.parse(await run(!way.startsWith('plain'), [teller], caches, options));
}

/** What it wrote to its standard output. Throws when it ended otherwise than well. */
function run(
  withSensor: boolean,
  programArguments: readonly string[],
  caches: NodeJS.ProcessEnv,
  { entry, root, include }: StartCase,
): Promise<string> {
  const { NODE_OPTIONS: _options, RUNLENS_EXCLUDE: _exclude, NODE_COMPILE_CACHE: _cache, ...inherited } = process.env;
  const environment = {
    ...inherited,
    NODE_ENV: 'production',
    RUNLENS_ROOT: root,
    RUNLENS_INCLUDE: include.join(','),
    ...caches,
    // Nobody listens: what is sent at the end of the process is not measured here.
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
  };
  const options = withSensor ? ['--import', sensorEntry] : [];
  const [file = '', ...args] = pinned(measuredCore, [process.execPath, ...options, entry, ...programArguments]);
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: runMilliseconds,
    });
    let [output, errors] = ['', ''];
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      if (errors.length < 10_000) errors += String(chunk);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${entry} ended with ${code}\n${errors}`));
    });
  });
}
