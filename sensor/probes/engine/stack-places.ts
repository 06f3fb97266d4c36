import { fileURLToPath } from 'node:url';
import type { CapturedFrame } from '@runlens/protocol/probes/capture';
import type { LoadedFile } from '../../load/loaded-file.ts';
import { Places } from '../../runtime/frames.ts';
import { firstBreakpointSlot } from '../fallback/breakpoint.ts';
import type { RawFrame } from './messages.ts';

/** Who a function is in the source as written, and where a place of what was loaded is there. */
export interface SlotPlaces {
  identityOf(slot: number): { readonly name: string; readonly file: string; readonly line: number } | undefined;
  /** The 1-based line in the source as written, where that is not the text that was loaded. */
  lineOf(slot: number, offset: number, line: number): number | undefined;
}

interface IndexedFile {
  readonly file: LoadedFile;
  places: Places | undefined;
}

const longestFunction = 512;

/** Turns frames of the text that runs into places of the sources as written. */
export class StackPlaces {
  readonly #files = new Map<string, IndexedFile>();

  /** What is loaded again under the same path comes in its place. */
  add(file: LoadedFile): void {
    if (file.functions.length > 0) this.#files.set(file.path, { file: file.withoutText(), places: undefined });
  }

  /**
   * `raw`: innermost first, the first of them in the twin of the probed function, which is told as `top`; what had called
   * the twin is the same function, and no frame of its own.
   */
  framesOf(
    raw: readonly RawFrame[],
    slot: number,
    top: CapturedFrame,
    places: SlotPlaces,
    limit: number,
  ): CapturedFrame[] {
    const frames: CapturedFrame[] = [];
    const found = raw.map((frame) => this.#find(frame));
    // Without a gate there is no twin: the first is the function itself.
    const first = slot >= firstBreakpointSlot || (found[0]?.slot === slot && found[0].isInserted) ? 1 : 0;
    let at = first;
    if (first === 1 && slot < firstBreakpointSlot && isCallerOfTwin(found[0], found[1])) at += 1;
    frames.push(top);
    for (; at < raw.length && frames.length < limit; at += 1) {
      // Another function that is open: its twin and it are one.
      if (isCallerOfTwin(found[at], found[at + 1])) at += 1;
      const frame = raw[at];
      if (!frame) continue;
      frames.push(frameOf(frame, found[at], places));
    }
    return frames;
  }

  #find({ file, position }: RawFrame): FoundFrame | undefined {
    const path = pathOf(file);
    const known = path === undefined ? undefined : this.#files.get(path);
    if (!known) return undefined;
    known.places ??= new Places(known.file);
    const index = known.places.functionAround(position);
    if (index < 0) return undefined;
    return {
      slot: known.file.firstSlot + index,
      offset: known.places.withoutCounters(position),
      isInserted: known.places.isInserted(position),
    };
  }
}

interface FoundFrame {
  readonly slot: number;
  readonly offset: number;
  readonly isInserted: boolean;
}

const isCallerOfTwin = (twin: FoundFrame | undefined, caller: FoundFrame | undefined): boolean =>
  twin?.isInserted === true && caller?.slot === twin.slot;

function frameOf(
  { function: name, line, file }: RawFrame,
  found: FoundFrame | undefined,
  places: SlotPlaces,
): CapturedFrame {
  const identity = found && places.identityOf(found.slot);
  if (!found || !identity) return { function: nameOfForeign(name, file) };
  const known = places.lineOf(found.slot, found.offset, line);
  return {
    function: identity.name.slice(0, longestFunction),
    file: identity.file,
    ...(known === undefined || known < 1 ? {} : { line: known }),
  };
}

/** Of code that is not the service's own: what it is of, and no path of the machine. */
function nameOfForeign(name: string, file: string): string {
  const inPackages = /node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)(?!.*node_modules)/.exec(file)?.[1];
  const where = file.startsWith('node:') ? file : inPackages;
  return `${name === '' ? '(anonymous)' : name}${where === undefined ? '' : ` (${where})`}`.slice(0, longestFunction);
}

function pathOf(file: string): string | undefined {
  if (!file.startsWith('file:')) return file;
  try {
    return fileURLToPath(file);
  } catch {
    return undefined;
  }
}
