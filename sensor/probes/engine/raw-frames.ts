import { type Below, framesOf, type HeldStack, holdStack } from '../../runtime/frames.ts';
import type { RawFrame } from './messages.ts';

/** The handler, the passage of the twin, and what is between them. */
const ownFrames = 6;
const longestName = 512;
const longestFile = 1024;

const noStack: HeldStack = {};

/** The stack below `below`, as V8 holds it: what it says is read later, by {@link rawFrames}, which takes longer. */
export const stackBelow = (below: Below, limit: number): HeldStack =>
  // The twin and what had called it are one frame to a person.
  limit === 0 ? noStack : holdStack(below, limit + ownFrames);

/** The program's frames of a stack, innermost first: the twin's is the first. */
export function rawFrames(stack: HeldStack, ownFolder: string): readonly RawFrame[] {
  const frames: RawFrame[] = [];
  let isOwn = true;
  for (const frame of framesOf(stack)) {
    const file = frame.getFileName();
    if (typeof file !== 'string') continue;
    if (isOwn && file.includes(ownFolder)) continue;
    isOwn = false;
    frames.push({
      file: file.slice(0, longestFile),
      function: (frame.getFunctionName() ?? '').slice(0, longestName),
      line: frame.getLineNumber() ?? 0,
      position: frame.getPosition(),
    });
  }
  return frames;
}
