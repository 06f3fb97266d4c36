import { writeSync } from 'node:fs';

/**
 * What the sensor has to say, on stderr only, one line each. A warning is said once by its key, and all of them
 * together at most `mostWarnings` times, since the log belongs to the service.
 */
const mostWarnings = 20;
const said = new Set<string>();
const debugging = process.env.RUNLENS_LOG === 'debug';

/** Says something once a process. `key` tells apart what should be said separately; default: the text itself. */
export function warn(text: string, key: string = text): void {
  if (said.has(key) || said.size > mostWarnings) return;
  said.add(key);
  write(said.size > mostWarnings ? 'more problems are not shown; RUNLENS_LOG=debug shows them all' : text);
  if (said.size > mostWarnings) debug(text);
}

/** Says what somebody has just asked for, as often as it is asked. */
export function announce(text: string): void {
  write(text);
}

/** Says something only with `RUNLENS_LOG=debug`. */
export function debug(text: string): void {
  if (debugging) write(text);
}

/** The message of anything thrown, on one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, ' ').slice(0, 300);
}

function write(text: string): void {
  try {
    // Not console: the service may have replaced it, and it may be what the service itself is measured by.
    writeSync(2, `runlens: ${text.replace(/[\r\n]+/g, ' ')}\n`);
  } catch {
    // stderr is closed or full: there is nowhere left to say so.
  }
}
