import { type Below, framesBelow } from '../../runtime/frames.ts';
import type { RawFrame } from './messages.ts';

/** The handler, the passage of the twin, and what is between them. */
const ownFrames = 6;
const longestName = 512;
const longestFile = 1024;

/** The program's frames below `below`, innermost first: the twin's is the first. */
export function rawFrames(below: Below, limit: number, ownFolder: string): readonly RawFrame[] {
  if (limit === 0) return [];
  const frames: RawFrame[] = [];
  let isOwn = true;
  // The twin and what had called it are one frame to a person.
  for (const frame of framesBelow(below, limit + ownFrames)) {
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
