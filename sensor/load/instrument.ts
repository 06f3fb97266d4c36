import { withShiftedMap } from '../source/shifted-map.ts';
import { sourceMapOf } from '../source/source-map.ts';
import { sourcePath } from '../source/source-paths.ts';
import { thirdPartyFunctions } from '../source/third-party.ts';
import { globalPrefix } from '../transform/emitted.ts';
import {
  type Language,
  planTransform,
  renderPlan,
  type SourceType,
  type TransformPlan,
} from '../transform/transform.ts';
import type { LoadedFile } from './loaded-file.ts';

export interface LoadedText {
  /** Absolute path. */
  readonly path: string;
  readonly text: string;
  readonly sourceType: SourceType;
  /** Whether Node still has to strip types from it. */
  readonly typescript: boolean;
}

export interface InstrumentOptions {
  /** Reserves slots; undefined: there are none left. */
  readonly reserve: (count: number) => number | undefined;
  readonly isFirstParty: (path: string) => boolean;
  /** Absolute path of the folder that the service's own code lies in. */
  readonly root: string;
  /** Whether stack traces are mapped, so that a map must fit the text that runs. */
  readonly usesSourceMaps: () => boolean;
  /** Told of each file that was not known before. */
  readonly onLoaded: (file: LoadedFile) => void;
}

/** Larger texts would hold up the start for seconds; at 6 MB/s this is about 3 s. */
const mostCharacters = 16 * 1024 * 1024;

/** Puts counters into first-party texts as they are loaded, and remembers which slots are whose. */
export class Instrumenter {
  readonly #options: InstrumentOptions;
  readonly #known = new Map<string, LoadedFile>();

  constructor(options: InstrumentOptions) {
    this.#options = options;
  }

  /** The text with counters, or nothing: then it is to run as it is. Never throws. */
  instrument(loaded: LoadedText): string | undefined {
    // Two hooks may see one text, such as `load` and `_compile`: the first has done it.
    if (loaded.text.includes(globalPrefix)) return undefined;
    const file = { path: loaded.path, text: loaded.text, firstSlot: 0, functions: [], skipped: [] };
    const unreadable = (reason: string, language: Language = 'javascript') =>
      this.#options.onLoaded({ ...file, text: '', language, unreadable: reason });
    if (loaded.text.length > mostCharacters) {
      unreadable(`it is longer than ${mostCharacters / 1024 / 1024} million characters`);
      return undefined;
    }
    const planned = planFor(loaded);
    if (typeof planned === 'string') {
      unreadable(planned);
      return undefined;
    }
    const { language } = planned;
    const plan = this.#withoutThirdParty(loaded, planned.plan);
    if (plan.functions.length === 0 && plan.skipped.length === 0) return undefined;
    const firstSlot = this.#slotsFor(loaded.path, plan);
    if (firstSlot === undefined) {
      unreadable('the sensor has no room for more functions', language);
      return undefined;
    }
    const { code, insertions } = renderPlan(loaded.text, plan, firstSlot);
    if (!this.#isKnown(loaded.path, plan, firstSlot)) {
      const { functions, skipped } = plan;
      const made = { ...file, language, firstSlot, functions, skipped, unreadable: undefined };
      this.#known.set(loaded.path, { ...made, text: '' });
      this.#options.onLoaded(made);
    }
    return this.#options.usesSourceMaps() ? withShiftedMap(loaded.path, loaded.text, code, insertions) : code;
  }

  /** A file that is loaded again, as it was or with a query, goes on in its slots. */
  #slotsFor(path: string, plan: TransformPlan): number | undefined {
    const before = this.#known.get(path);
    if (before && sameFunctions(before, plan)) return before.firstSlot;
    return this.#options.reserve(plan.functions.length);
  }

  #isKnown(path: string, plan: TransformPlan, firstSlot: number): boolean {
    const before = this.#known.get(path);
    return before !== undefined && before.firstSlot === firstSlot && sameFunctions(before, plan);
  }

  /** A bundle holds the packages that it uses: what comes from those is left alone, as the packages themselves are. */
  #withoutThirdParty(loaded: LoadedText, plan: TransformPlan): TransformPlan {
    const map = sourceMapOf(loaded.path, loaded.text);
    if (map.kind !== 'found') return plan;
    const { root, isFirstParty } = this.#options;
    const leaveOut = thirdPartyFunctions(map, plan.functions, (url) => {
      const path = sourcePath(url, root);
      return path === undefined || isFirstParty(path);
    });
    if (leaveOut.size === 0) return plan;
    const place = new Map<number, number>();
    const functions = plan.functions.filter((_, index) => {
      if (leaveOut.has(index)) return false;
      place.set(index, place.size);
      return true;
    });
    const insertions = plan.insertions.flatMap((insertion) => {
      const owner = place.get(insertion.owner);
      return owner === undefined ? [] : [{ ...insertion, owner }];
    });
    // What cannot be measured in a package is of no interest.
    return { functions, skipped: [], insertions };
  }
}

/** The plan of a text in the language that it turns out to be in, or why it cannot be read. */
function planFor(loaded: LoadedText): { plan: TransformPlan; language: Language } | string {
  const typed: Language = /\.tsx$/i.test(loaded.path) ? 'typescriptreact' : 'typescript';
  const isTypedPath = /\.[cm]?tsx?$/i.test(loaded.path);
  // Behind a loader a .ts file is JavaScript already, unless the loader comes after this hook.
  const languages: Language[] = loaded.typescript ? [typed] : isTypedPath ? ['javascript', typed] : ['javascript'];
  // Node itself takes a text for a module when it cannot be read as CommonJS.
  const sourceTypes: SourceType[] = loaded.sourceType === 'module' ? ['module'] : [loaded.sourceType, 'module'];
  let problem = '';
  for (const language of languages) {
    for (const sourceType of sourceTypes) {
      try {
        return { plan: planTransform(loaded.text, sourceType, language), language };
      } catch (error) {
        problem ||= error instanceof Error ? error.message : String(error);
      }
    }
  }
  return `the sensor cannot read its text: ${problem}`;
}

function sameFunctions(a: Pick<LoadedFile, 'functions'>, b: TransformPlan): boolean {
  return (
    a.functions.length === b.functions.length &&
    a.functions.every((one, index) => {
      const other = b.functions[index];
      return (
        other !== undefined &&
        one.name === other.name &&
        one.start === other.start &&
        one.end === other.end &&
        one.kind === other.kind
      );
    })
  );
}
