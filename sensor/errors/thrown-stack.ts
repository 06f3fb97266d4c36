import { types } from 'node:util';

/** Captured before a program can replace them. */
const { getOwnPropertyDescriptor } = Object;
const { set, apply } = Reflect;
const { isArray } = Array;
/** From V8 12 on `stack` is an accessor that all errors share; before it is a value that V8 makes when it is asked for. */
const stackGetter = getOwnPropertyDescriptor(new Error(), 'stack')?.get;

const nothing: readonly NodeJS.CallSite[] = [];
const stop = {};

/**
 * V8's own frames of where an error was made, innermost first; none where it has none, or its stack was read before.
 *
 * V8 makes the text of a stack when it is first read, and keeps it: from then on a changed message does not show in it,
 * and whoever sets `Error.prepareStackTrace` later is not asked. So the text is never made: V8 is asked for it with a
 * `prepareStackTrace` that takes the frames and throws, and keeps nothing. An accessor of the program's is never called.
 * Costs 10 to 20 µs.
 */
export function thrownFrames(error: object): readonly NodeJS.CallSite[] {
  if (types.isProxy(error)) return nothing;
  let taken = nothing;
  const take = (_error: unknown, frames: unknown): never => {
    if (isArray(frames)) taken = frames;
    throw stop;
  };
  const before = getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  if (before?.get || before?.set) return nothing;
  // Or the program has frozen `Error`: its own way of writing stacks would be called.
  if (!set(Error, 'prepareStackTrace', take)) return nothing;
  try {
    const own = getOwnPropertyDescriptor(error, 'stack');
    if (own?.get !== undefined && own.get === stackGetter) apply(own.get, error, []);
  } catch {
    // As meant; or there is no room on the stack for this.
  } finally {
    set(Error, 'prepareStackTrace', before?.value);
  }
  return taken;
}
