/** The sensor's cost in programs that keep a core busy from start to end: every function of a large package measured. */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { program } from '../frame/compile.ts';
import { interleaved } from '../frame/interleaved.ts';
import { measuredCore, pinned } from '../frame/pinning.ts';
import { isSlow, launch, recordings, roundsWhenSlow, type WayName } from './ways.ts';

export interface ProgramCase {
  readonly name: 'acorn' | 'markdown-it' | 'marked' | 'prettier' | 'tsc';
  readonly node: string;
  readonly arguments: readonly string[];
  /** Less of the same for the ways that take a hundred times as long, and the plain runs beside them. */
  readonly slowArguments: readonly string[];
  /** The packages whose functions are measured, relative to the repository. */
  readonly include: readonly string[];
  readonly collectorUrl: string;
  readonly ways: readonly WayName[];
  readonly rounds: number;
  readonly seconds: number;
}

/** CPU time of the whole process, its helper threads included, in seconds. */
export interface ProgramSample {
  /** Reading and compiling the package; with the sensor, also rewriting it. */
  readonly load: number;
  /** What the program is for. */
  readonly work: number;
  /** From the start of the process to its end, last export included. */
  readonly whole: number;
}

export interface ProgramResult {
  readonly samples: ReadonlyMap<string, readonly ProgramSample[]>;
  /** Slow ways and the plain runs beside them, which they are to be compared with. */
  readonly slow: readonly { readonly samples: ReadonlyMap<string, readonly ProgramSample[]>; readonly way: WayName }[];
  /** Why a slow way has no figures. */
  readonly failures: ReadonlyMap<string, string>;
}

const runMilliseconds = 120_000;

/**
 * Runs the program once a way and round. Throws when a way came to another result than the plain program. A slow way
 * has rounds of its own behind them, and may fail: that is told, not thrown.
 */
export async function measureProgram(options: ProgramCase): Promise<ProgramResult> {
  let expected: string | undefined;
  const variant = (name: WayName, given = options.arguments) => ({
    name,
    measure: async () => {
      const { sample, outcome } = await runOnce(name, { ...options, arguments: given });
      expected ??= outcome;
      if (outcome !== expected) throw new Error(`${name}: ${outcome} instead of ${expected}`);
      return sample;
    },
  });
  const { ways, rounds, seconds } = options;
  const quick = (['plain', ...ways] as const).filter((name) => !isSlow(name));
  // The first run of istanbul fills its cache.
  const samples = await interleaved(
    quick.map((name) => variant(name)),
    { rounds, warmUp: 1, seconds },
  );
  const slow: ProgramResult['slow'][number][] = [];
  const failures = new Map<string, string>();
  for (const way of ways.filter(isSlow)) {
    expected = undefined;
    try {
      const turns = { rounds: Math.min(rounds, roundsWhenSlow), warmUp: 0, seconds };
      const both = (['plain', way] as const).map((name) => variant(name, options.slowArguments));
      slow.push({ way, samples: await interleaved(both, turns) });
    } catch (error) {
      failures.set(way, error instanceof Error ? error.message : String(error));
    }
  }
  return { samples, slow, failures };
}

/** A shell runs the program, since only its parent is told what a process took to its very end (POSIX `times`). */
const timed = ['sh', '-c', '"$@"; code=$?; times; exit $code', 'sh'];

async function runOnce(
  way: WayName,
  { name, node, arguments: files, include, collectorUrl }: ProgramCase,
): Promise<{ readonly sample: ProgramSample; readonly outcome: string }> {
  const { options, environment } = launch(way, { collectorUrl, service: `bench-${name}`, include });
  const command = [...timed, ...pinned(measuredCore, [node, ...options, program(`programs/${name}`), ...files])];
  try {
    const output = await outputOf(command, environment);
    const lines = output.trim().split('\n');
    const { phases, outcome }: Told = JSON.parse(lines.find((line) => line.startsWith('{"phases"')) ?? '{}');
    const times = [...(lines.at(-1) ?? '').matchAll(/(\d+)m([\d.]+)s/g)];
    const whole = times.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
    return { sample: { load: phases.load / 1e6, work: phases.work / 1e6, whole }, outcome };
  } finally {
    rmSync(recordings, { recursive: true, force: true });
  }
}

interface Told {
  readonly phases: { readonly load: number; readonly work: number };
  readonly outcome: string;
}

/** The output of a program that ends in time. It and what it started are ended when it does not. */
function outputOf([file = '', ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    // A process group of its own: a shell that is ended does not end what it runs.
    const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let [output, errors, isLate] = ['', '', false];
    const timer = setTimeout(() => {
      isLate = true;
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, runMilliseconds);
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      errors += String(chunk);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(output);
      else if (isLate) reject(new Error(`did not come to its end in ${runMilliseconds / 1_000} s`));
      else reject(new Error(`${args.join(' ')} ended with ${code}\n${errors.slice(-2_000)}`));
    });
  });
}
