import type { NameReader } from '../../runtime/open-functions.ts';
import type { Scope } from '../evaluate.ts';
import type { ReadableName } from '../gates.ts';

/** What expressions read at a hit. One is made anew for none: it is filled at each. */
export interface HitFrame {
  read: NameReader;
  /** What is returned or was thrown. */
  value: unknown;
  exit: 'return' | 'throw' | undefined;
  /** Seconds since the function's entry. */
  duration: number | undefined;
  /** Of this probe, this one not counted. */
  hits: number;
}

const specialReads: Readonly<Record<string, ((frame: HitFrame) => unknown) | undefined>> = {
  $return: (frame) => (frame.exit === 'return' ? frame.value : undefined),
  $thrown: (frame) => (frame.exit === 'throw' ? frame.value : undefined),
  $duration: (frame) => frame.duration,
  $hits: (frame) => frame.hits,
};

/** Names that only an exit knows. */
const ofExit = new Set(['$return', '$thrown', '$duration']);

/** What the expressions of a place can name. A variable of the program's is before a name of ours. */
export function scopeOf(names: readonly ReadableName[], isExit: boolean): Scope<HitFrame> {
  const indexes = new Map(names.map(({ name, index }) => [name, index]));
  return (name) => {
    const index = indexes.get(name);
    if (index !== undefined) return (frame) => frame.read(index);
    if (!isExit && ofExit.has(name)) return undefined;
    return Object.hasOwn(specialReads, name) ? specialReads[name] : undefined;
  };
}
