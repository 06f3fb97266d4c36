/** The functions that an answer of an agent tool speaks of, so that a chat can link them to the code. Pure. */
import type { NamedFunction } from '@runlens/protocol/lsp';

export const mostNamedFunctions = 60;
/** Values that are looked at; an answer beyond it is not one that is read line by line. */
const mostValues = 20_000;

/** Each once, in the order of the answer: whatever in it has a file and a function is one. */
export function namedFunctions(output: unknown): readonly NamedFunction[] {
  const found = new Map<string, NamedFunction>();
  const waiting: unknown[] = [output];
  for (let looked = 0; looked < mostValues && waiting.length > 0 && found.size < mostNamedFunctions; looked += 1) {
    const value = waiting.shift();
    if (typeof value !== 'object' || value === null) continue;
    const { file, function: name, line } = value as Record<string, unknown>; // an object was just seen
    if (typeof file === 'string' && typeof name === 'string' && file !== '' && name !== '') {
      const key = `${file}\n${name}`;
      const at = typeof line === 'number' && Number.isInteger(line) && line > 0 ? line : 1;
      if (!found.has(key)) found.set(key, { file, function: name, line: at });
    }
    waiting.push(...Object.values(value).filter((each) => typeof each === 'object'));
  }
  return [...found.values()];
}
