/** Runs the service of program.ts with a collector that is gone half of the time, and holds both counts side by side. */
import { once } from 'node:events';
import { type NodeMajor, ServiceFolder, ServiceProcess } from '../sensor/service-process.ts';
import { type SoakCounts, type SoakLook, type SoakTraffic, soakFunctionKey, writeSoakProgram } from './program.ts';
import { failures, UnreliableCollector } from './unreliable-collector.ts';

export interface SoakOptions extends SoakTraffic {
  readonly node: NodeMajor;
  /** How long the collector stays as it is, up and down in turn. */
  readonly phaseSeconds: number;
  /** In all; at least one failure of each kind takes 14 phases. */
  readonly phases: number;
  readonly flushInterval: string;
  readonly lookEverySeconds: number;
  /** Told each look, with the seconds since the start. */
  readonly onLook?: (seconds: number, look: SoakLook) => void;
  /** Without the sensor, to compare with: then nothing arrives. */
  readonly isPlain?: boolean;
}

export interface SoakResult {
  /** With seconds since the start. */
  readonly looks: readonly (SoakLook & { readonly seconds: number })[];
  readonly made: { readonly calls: number; readonly errors: number; readonly queries: number };
  /** Functions, errors and queries of which another number arrived, as sentences; empty: all is exact. */
  readonly differences: readonly string[];
  readonly unhandled: readonly string[];
  readonly stderr: string;
  readonly code: number | null;
  /** Requests by what the collector did with them. */
  readonly requests: Readonly<Record<string, number>>;
  /** Requests that came again, though they had arrived. */
  readonly again: number;
  readonly refusedPoints: number;
  /** Points that the sensor told it had dropped, by the reason. */
  readonly toldDropped: Readonly<Record<string, number>>;
}

const timeoutMilliseconds = 1_000;
/** Beyond the longest time for which a sensor leaves a collector on its own machine alone. */
const longestWaitSeconds = 10;
const longestWarmUpMilliseconds = 120_000;
const longestDrainMilliseconds = 60_000;
const mostDifferences = 20;

export async function soak(options: SoakOptions): Promise<SoakResult> {
  const { phases, phaseSeconds, lookEverySeconds, isPlain = false } = options;
  await using folder = await ServiceFolder.create();
  await writeSoakProgram(folder, options);
  await using collector = await UnreliableCollector.start(3 * timeoutMilliseconds);
  const service = new ServiceProcess({
    node: options.node,
    folder,
    endpoint: collector.url,
    ...(isPlain ? { preload: [] } : {}),
    arguments: ['--expose-gc', 'soak.cjs'],
    environment: {
      NODE_NO_WARNINGS: '1',
      RUNLENS_FLUSH_INTERVAL: options.flushInterval,
      OTEL_EXPORTER_OTLP_TIMEOUT: String(timeoutMilliseconds),
    },
    longestMilliseconds:
      phases * (phaseSeconds + longestWaitSeconds) * 1_000 + longestWarmUpMilliseconds + 2 * longestDrainMilliseconds,
  });
  const { child } = service;
  try {
    await once(child, 'message', { signal: AbortSignal.timeout(longestWarmUpMilliseconds) });
    const looks: (SoakLook & { seconds: number })[] = [];
    const begun = performance.now();
    const secondsNow = () => (performance.now() - begun) / 1_000;
    for (let phase = 0; phase < phases; phase += 1) {
      const mode = phase % 2 === 0 ? 'up' : (failures[((phase - 1) / 2) % failures.length] ?? 'killed');
      const before = collector.requests.get(mode) ?? 0;
      await collector.become(mode);
      const end = secondsNow() + phaseSeconds;
      // A sensor that waits after a failure asks less often than a phase may last.
      const isMet = () => isPlain || mode === 'killed' || (collector.requests.get(mode) ?? 0) > before;
      for (let at = secondsNow(); at < end || (!isMet() && at < end + longestWaitSeconds); at = secondsNow()) {
        await sleep(Math.min(lookEverySeconds, Math.max(0.25, end - at)) * 1_000);
        const look = { seconds: secondsNow(), ...(await ask<SoakLook>(service, 'look')) };
        looks.push(look);
        options.onLook?.(look.seconds, look);
      }
    }
    await collector.become('up');
    const made = await ask<SoakCounts>(service, 'stop');
    const differences = () => (isPlain ? [] : differencesOf(made, collector));
    for (const end = Date.now() + longestDrainMilliseconds; Date.now() < end && differences().length > 0; ) {
      await sleep(250);
    }
    child.send('end');
    const { code, stderr } = await service.ended;
    return {
      looks,
      made: { calls: sum(made.calls), errors: sum(made.errors), queries: made.queries },
      differences: differences(),
      unhandled: made.unhandled,
      stderr,
      code,
      requests: Object.fromEntries(collector.requests),
      again: collector.again,
      refusedPoints: collector.refusedPoints,
      toldDropped: Object.fromEntries(collector.toldDropped),
    };
  } finally {
    child.kill('SIGKILL');
    await service.ended;
  }
}

/** What the service made and what arrived are to be the same, number by number. */
function differencesOf(made: SoakCounts, { calls, errors, queries }: UnreliableCollector): readonly string[] {
  const differences: string[] = [];
  const compare = (what: string, own: number, arrived: number) => {
    if (own !== arrived && differences.length < mostDifferences) {
      differences.push(`${what}: ${own} were made, ${arrived} arrived`);
    }
  };
  made.calls.forEach((count, index) => {
    const key = soakFunctionKey(index);
    compare(`calls of ${key}`, count, calls.get(key) ?? 0);
    compare(`errors of ${key}`, made.errors[index] ?? 0, errors.get(key) ?? 0);
  });
  compare('queries', made.queries, queries);
  return differences;
}

async function ask<Answer>({ child }: ServiceProcess, what: string): Promise<Answer> {
  const answer = once(child, 'message', { signal: AbortSignal.timeout(60_000) });
  child.send(what);
  const [message]: unknown[] = await answer;
  // The program's own answer to this, see program.ts.
  return message as Answer;
}

/**
 * How much a value grows in an hour, by a straight line through its looks (least squares), and how much of that line may
 * be chance: twice its standard error.
 */
export function growthPerHour(
  looks: readonly (SoakLook & { readonly seconds: number })[],
  of: (look: SoakLook) => number,
): { readonly perHour: number; readonly doubt: number } {
  const count = looks.length;
  const hours = looks.map(({ seconds }) => seconds / 3_600);
  const values = looks.map(of);
  const meanHours = sum(hours) / count;
  const meanValue = sum(values) / count;
  const spread = sum(hours.map((hour) => (hour - meanHours) ** 2));
  const perHour = sum(hours.map((hour, at) => (hour - meanHours) * ((values[at] ?? 0) - meanValue))) / spread;
  const rest = sum(hours.map((hour, at) => ((values[at] ?? 0) - meanValue - perHour * (hour - meanHours)) ** 2));
  return { perHour, doubt: 2 * Math.sqrt(rest / (count - 2) / spread) };
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
