/** The sensor's cost in programs that keep a core busy from start to end: every function of a large package measured. */
import { spawn } from 'node:child_process';
import { program } from '../frame/compile.ts';
import { interleaved } from '../frame/interleaved.ts';
import { measuredCore, pinned } from '../frame/pinning.ts';
import { launch, type VariantName, variantNames } from './variants.ts';

export interface ProgramCase {
  readonly name: 'tsc' | 'prettier';
  readonly node: string;
  readonly arguments: readonly string[];
  /** The packages whose functions are measured, relative to the repository. */
  readonly include: readonly string[];
  readonly collectorUrl: string;
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

const runMilliseconds = 180_000;

/** Runs the program once a variant and round. Throws when a variant came to another result than the plain program. */
export async function measureProgram(options: ProgramCase): Promise<ReadonlyMap<string, readonly ProgramSample[]>> {
  let expected: string | undefined;
  const variants = variantNames.map((name) => ({
    name,
    measure: async () => {
      const { sample, outcome } = await runOnce(name, options);
      expected ??= outcome;
      if (outcome !== expected) throw new Error(`${name}: ${outcome} instead of ${expected}`);
      return sample;
    },
  }));
  // The first run of istanbul fills its cache.
  return interleaved(variants, { rounds: options.rounds, warmUp: 1, seconds: options.seconds });
}

/** A shell runs the program, since only its parent is told what a process took to its very end (POSIX `times`). */
const timed = ['sh', '-c', '"$@"; code=$?; times; exit $code', 'sh'];

async function runOnce(
  variant: VariantName,
  { name, node, arguments: files, include, collectorUrl }: ProgramCase,
): Promise<{ readonly sample: ProgramSample; readonly outcome: string }> {
  const { options, environment } = launch(variant, { collectorUrl, service: `bench-${name}`, include });
  const command = [...timed, ...pinned(measuredCore, [node, ...options, program(`programs/${name}`), ...files])];
  const output = await outputOf(command, environment);
  const [told = '', , times = ''] = output.trim().split('\n');
  const { phases, outcome }: Told = JSON.parse(told);
  const whole = [...times.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, m, s]) => sum + Number(m) * 60 + Number(s), 0);
  return { sample: { load: phases.load / 1e6, work: phases.work / 1e6, whole }, outcome };
}

interface Told {
  readonly phases: { readonly load: number; readonly work: number };
  readonly outcome: string;
}

function outputOf([file = '', ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: runMilliseconds });
    let [output, errors] = ['', ''];
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      errors += String(chunk);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${args.join(' ')} ended with ${code}\n${errors.slice(-2_000)}`));
    });
  });
}
