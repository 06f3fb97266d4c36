import { readFileSync, statSync } from 'node:fs';
import type { DurationNumbers } from '../export/batch.ts';
import type { LoadedFile } from '../load/loaded-file.ts';
import { debug } from '../log.ts';
import { lineStarts } from '../naming/line-starts.ts';
import { parse } from '../transform/parse.ts';
import { independentWaits } from './independent-waits.ts';
import { lineIndex } from './source-text.ts';

/** A function of which no call takes as long gains nothing that anybody notices. */
const leastSeconds = 0.01;
/** Longer texts take longer to parse than this is worth. */
const longestText = 1 << 20;
/** Waiting to be looked at. */
const mostWanted = 500;

/** A place in the text that was loaded. */
export interface LoadedPlace {
  /** 1-based. */
  readonly line: number;
  readonly offset: number;
}

interface Wait extends LoadedPlace {
  readonly called: readonly string[];
}

/**
 * Which functions wait for one thing after the other without need, as their text tells. A text is read anew, from disk, when a call of
 * one of its `async` functions took long: most never are, and none at a start.
 */
export class SerialWaits {
  /** By ascending first slot. */
  readonly #files: LoadedFile[] = [];
  readonly #looked = new Set<LoadedFile>();
  readonly #wanted: LoadedFile[] = [];
  readonly #waits = new Map<number, readonly Wait[]>();
  readonly #labels = new Map<number, string>();

  add(file: LoadedFile): void {
    if (file.functions.some(({ kind }) => kind === 'async')) this.#files.push(file.withoutText());
  }

  /** The label of `runlens.waits`; nothing where the function has none, or is not known to. `lineOf`: in the source as written; 0: not known. */
  of(slot: number, duration: DurationNumbers | undefined, lineOf: (place: LoadedPlace) => number): string | undefined {
    const known = this.#labels.get(slot);
    if (known !== undefined) return known;
    const waits = this.#waits.get(slot);
    if (waits === undefined) {
      if (duration !== undefined && duration.max >= leastSeconds) this.#want(slot);
      return undefined;
    }
    const label = waits.map((wait) => `${lineOf(wait)} ${wait.called.join('+')}`).join(', ');
    this.#labels.set(slot, label);
    return label;
  }

  #want(slot: number): void {
    const file = this.#fileOf(slot);
    if (file === undefined || this.#looked.has(file) || this.#wanted.length >= mostWanted) return;
    this.#looked.add(file);
    this.#wanted.push(file);
  }

  #fileOf(slot: number): LoadedFile | undefined {
    const file = this.#files.findLast(({ firstSlot }) => firstSlot <= slot);
    return file !== undefined && slot < file.firstSlot + file.functions.length ? file : undefined;
  }

  /** Never throws. */
  lookAtOne(): void {
    const file = this.#wanted.shift();
    if (file === undefined) return;
    try {
      if (statSync(file.path).size > longestText) return;
      this.#look(file, readFileSync(file.path, 'utf8'));
    } catch (error) {
      // Removed since, or not what was loaded: nothing is told of it.
      debug(`${file.path} was not looked at for waits: ${error}`);
    }
  }

  #look({ functions, firstSlot, language }: LoadedFile, text: string): void {
    if ((text.match(/\bawait\b/g)?.length ?? 0) < 2) return;
    const found = independentWaits(parsed(text, language), text);
    const starts = lineStarts(text);
    functions.forEach(({ start, end, kind }, index) => {
      const waits = kind === 'async' ? found.get(start) : undefined;
      // Another text than the one that was loaded has its functions elsewhere.
      if (waits === undefined || waits.some(({ offset }) => offset >= end)) return;
      this.#waits.set(
        firstSlot + index,
        waits.map(({ offset, called }) => ({ offset, called, line: lineIndex(starts, offset) + 1 })),
      );
    });
  }
}

function parsed(text: string, language: LoadedFile['language']): ReturnType<typeof parse>['program'] {
  try {
    return parse(text, 'module', language).program;
  } catch {
    return parse(text, 'commonjs', language).program;
  }
}
