import * as crypto from 'node:crypto';
import type { CacheSetting } from '../configuration.ts';
import { debug, messageOf } from '../log.ts';
import { withShiftedMap } from '../source/shifted-map.ts';
import { sourceMapBytes, sourceMapComment, sourceMapOf } from '../source/source-map.ts';
import { sourcePath } from '../source/source-paths.ts';
import { thirdPartyFunctions } from '../source/third-party.ts';
import { globalPrefix } from '../transform/emitted.ts';
import { PackedPlan, type PlanOutcome, packPlan, type Shift } from '../transform/packed-plan.ts';
import { type Language, planTransform, type SourceType, type TransformPlan } from '../transform/transform.ts';
import type { LoadedFile } from './loaded-file.ts';
import { cacheFolder, PlanCache } from './plan-cache.ts';
import { planVersion } from './plan-version.ts';
import { PlannedFile } from './planned-file.ts';

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
  /** Where plans are kept between starts, and for which program. */
  readonly cache: { readonly setting: CacheSetting; readonly program: readonly string[] };
  /** Instead of that of this build. */
  readonly version?: string;
}

/** Larger texts would hold up the start for seconds; at 6 MB/s this is about 3 s. */
const mostCharacters = 16 * 1024 * 1024;

/** Puts counters into first-party texts as they are loaded, and remembers which slots are whose. */
export class Instrumenter {
  readonly #options: InstrumentOptions;
  readonly #cache: PlanCache | undefined;
  /** By path: what was loaded from it last, and its first slot. */
  readonly #known = new Map<string, { readonly key: string; readonly firstSlot: number }>();

  constructor(options: InstrumentOptions) {
    const { setting, program } = options.cache;
    const { version = planVersion } = options;
    const folder = cacheFolder(setting, process.env);
    this.#options = options;
    this.#cache =
      folder === undefined || version === undefined ? undefined : new PlanCache({ folder, version, program });
  }

  /** The text with counters, or nothing: then it is to run as it is. Never throws. */
  instrument(loaded: LoadedText): string | undefined {
    const { path, text } = loaded;
    // Two hooks may see one text, such as `load` and `_compile`: the first has done it.
    if (text.includes(globalPrefix)) return undefined;
    const unreadable = (reason: string, language: Language = 'javascript') =>
      this.#options.onLoaded(PlannedFile.unreadable(path, language, reason));
    if (text.length > mostCharacters) {
      unreadable(`it is longer than ${mostCharacters / 1024 / 1024} million characters`);
      return undefined;
    }
    const key = keyOf(loaded);
    const plan = this.#keptPlan(key, text) ?? this.#newPlan(key, loaded);
    const { language, skipped } = plan;
    if (plan.unreadable !== undefined) {
      unreadable(plan.unreadable);
      return undefined;
    }
    if (plan.functionCount === 0 && skipped.length === 0) return undefined;
    // A file that is loaded again, as it was or with a query, goes on in its slots.
    const known = this.#known.get(path);
    const before = known?.key === key ? known : undefined;
    const firstSlot = before?.firstSlot ?? this.#options.reserve(plan.functionCount);
    if (firstSlot === undefined) {
      unreadable('the sensor has no room for more functions', language);
      return undefined;
    }
    const shifts: Shift[] | undefined = this.#options.usesSourceMaps() ? [] : undefined;
    const code = plan.render(text, firstSlot, shifts);
    if (!before) {
      this.#known.set(path, { key, firstSlot });
      // Without a map nobody asks the text for anything: it need not be kept beside the one that runs.
      const kept = sourceMapComment(text) ? text : '';
      this.#options.onLoaded(new PlannedFile(path, kept, plan, firstSlot));
    }
    return shifts ? withShiftedMap(path, text, code, shifts) : code;
  }

  /** A file that was loaded and has no counters; `reason` is a sentence. */
  leaveOut(path: string, reason: string): void {
    if (!this.#known.has(path)) this.#options.onLoaded(PlannedFile.unreadable(path, 'javascript', reason));
  }

  /** To be called now and then, when the service need not wait for it. Never throws. */
  settle(): void {
    this.#cache?.settle();
  }

  /** To be called in the end. Never throws. */
  save(): void {
    this.#cache?.save();
  }

  #keptPlan(key: string, text: string): PackedPlan | undefined {
    const bytes = this.#cache?.find(key);
    if (!bytes) return undefined;
    try {
      const plan = new PackedPlan(bytes);
      return plan.fits(text) ? plan : undefined;
    } catch (error) {
      debug(`a kept plan is not used: ${messageOf(error)}`);
      return undefined;
    }
  }

  #newPlan(key: string, loaded: LoadedText): PackedPlan {
    const outcome = planFor(loaded);
    const bytes = packPlan({ ...outcome, plan: this.#withoutThirdParty(loaded, outcome.plan) });
    this.#cache?.add(key, bytes);
    return new PackedPlan(bytes);
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

/** The ways to read a text, in the order in which they are tried. */
function waysToRead({ path, sourceType, typescript }: LoadedText): {
  readonly languages: readonly Language[];
  readonly sourceTypes: readonly SourceType[];
} {
  const typed: Language = /\.tsx$/i.test(path) ? 'typescriptreact' : 'typescript';
  const isTypedPath = /\.[cm]?tsx?$/i.test(path);
  return {
    // Behind a loader a .ts file is JavaScript already, unless the loader comes after this hook.
    languages: typescript ? [typed] : isTypedPath ? ['javascript', typed] : ['javascript'],
    // Node itself takes a text for a module when it cannot be read as CommonJS.
    sourceTypes: sourceType === 'module' ? ['module'] : [sourceType, 'module'],
  };
}

/** The plan of a text in the language that it turns out to be in, or why it cannot be read. */
function planFor(loaded: LoadedText): PlanOutcome {
  const { languages, sourceTypes } = waysToRead(loaded);
  let problem = '';
  for (const language of languages) {
    for (const sourceType of sourceTypes) {
      try {
        return { plan: planTransform(loaded.text, sourceType, language), language, unreadable: undefined };
      } catch (error) {
        problem ||= error instanceof Error ? error.message : String(error);
      }
    }
  }
  return {
    plan: { functions: [], skipped: [], insertions: [] },
    language: 'javascript',
    unreadable: `the sensor cannot read its text: ${problem}`,
  };
}

/** All that a plan depends on: the text, how it is read, and its map, which tells what is not the service's own. */
function keyOf(loaded: LoadedText): string {
  const { path, text } = loaded;
  const { languages, sourceTypes } = waysToRead(loaded);
  const comment = sourceMapComment(text);
  const map = comment && sourceMapBytes(path, comment);
  // The sources in a map are relative to where it is.
  const ofMap = comment ? [path, map ? digestOf(map) : ''] : [];
  return [digestOf(text), ...languages, ...sourceTypes, ...ofMap].join(' ');
}

/** 6 ms for the 9 MB of TypeScript's compiler, 0.1 ms for a usual module. */
function digestOf(content: string | Uint8Array): string {
  // `hash` came with Node 20.12; @types/node has it of later versions only.
  const hash: typeof crypto.hash | undefined = Reflect.get(crypto, 'hash');
  return hash ? hash('sha256', content) : crypto.createHash('sha256').update(content).digest('hex');
}
