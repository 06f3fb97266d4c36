import { announce, messageOf } from '../log.ts';
import type { LoadedFile } from './loaded-file.ts';
import { type PrepareOptions, prepare } from './prepare.ts';

export interface PrepareProgramOptions extends Omit<PrepareOptions, 'instrumenters'> {
  readonly instrumenters: (onLoaded: (file: LoadedFile) => void) => PrepareOptions['instrumenters'];
  /** Milliseconds. */
  readonly now: () => number;
}

/** Files that are named because they could not be read. */
const mostNamed = 20;

/** Prepares the next start of this program instead of running it: says what was done, and ends the process. */
export function prepareProgram({ instrumenters, now, ...options }: PrepareProgramOptions): never {
  const begun = now();
  const left: string[] = [];
  let functions = 0;
  const onLoaded = (file: LoadedFile): void => {
    functions += file.functions.length;
    if (file.unreadable !== undefined) left.push(`${file.path}: ${file.unreadable}`);
  };
  let code = 1;
  try {
    const { files, unreadable, isCutOff } = prepare({ ...options, instrumenters: instrumenters(onLoaded) });
    const reasons = [...left, ...unreadable.map(({ path, reason }) => `${path}: ${reason}`)];
    for (const reason of reasons.slice(0, mostNamed)) announce(`not measured: ${reason}`);
    if (reasons.length > mostNamed) announce(`not measured: ${reasons.length - mostNamed} more files`);
    if (isCutOff) announce(`there are more files: name the folders that the service runs from in RUNLENS_PREPARE`);
    const seconds = ((now() - begun) / 1000).toFixed(1);
    const planned = files - left.length;
    announce(
      `prepared ${functions} functions in ${planned} files for later starts, in ${seconds} s; the program was not run`,
    );
    code = planned === 0 ? 1 : 0;
    if (files === 0)
      announce('there is no code of its own below the root: set RUNLENS_ROOT, or name folders in RUNLENS_PREPARE');
  } catch (error) {
    announce(`the program could not be prepared: ${messageOf(error)}`);
  }
  process.exit(code);
}
