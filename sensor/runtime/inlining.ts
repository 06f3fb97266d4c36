import { setFlagsFromString } from 'node:v8';

/**
 * V8 always inlines a function of at most 27 bytes of bytecode into its callers; longer ones only until a caller has
 * taken in 920. What the sensor inserts is bytecode of the program's to V8, so that small functions are no longer
 * inlined, and what lived in registers is allocated: most of what the sensor costs a service. The first limit is raised
 * by about what is inserted. It is a hint to the compiler and changes nothing that a program can see. Raising the second
 * as well gained a small service more, and cost large programs (prettier, tsc) more in compiling than it saved.
 */
const limits: Readonly<Record<string, number>> = { 'max-inlined-bytecode-size-small': 80 };
const maglevLimits: Readonly<Record<string, number>> = { 'max-maglev-inlined-bytecode-size-small': 80 };

/** V8 writes a line on standard error for a flag that it does not know, so only versions that were tried are told. */
const withoutMaglev: ReadonlySet<string> = new Set(['20']);
const withMaglev: ReadonlySet<string> = new Set(['22', '24']);

/** The flags for a version of Node, none where the program was started with limits of its own. */
export function inliningFlags(nodeVersion: string, options: readonly string[]): readonly string[] {
  if (options.some((option) => /max[-_](?:maglev[-_])?inlined[-_]bytecode/.test(option))) return [];
  const major = nodeVersion.split('.')[0] ?? '';
  const of = (values: typeof limits) => Object.entries(values).map(([name, value]) => `--${name}=${value}`);
  if (withMaglev.has(major)) return [...of(limits), ...of(maglevLimits)];
  return withoutMaglev.has(major) ? of(limits) : [];
}

/** Leaves V8 the room for the program's code that it would have without counters. To be called before that code runs. */
export function makeRoomForCounters(): void {
  const options = [...process.execArgv, process.env.NODE_OPTIONS ?? ''];
  for (const flag of inliningFlags(process.versions.node, options)) setFlagsFromString(flag);
}
