/**
 * What the store knows of by name: versions of services, texts of their files, functions in them. Small (100 bytes a
 * function) and asked all the time, so all of it is in memory; `sqlite/catalog-tables.ts` saves and loads it.
 */
import { LRUCache } from 'lru-cache';
import { entriesFile, mostEntries } from './entries.ts';
import type { Instance, MeasuredFunction, Scope, Selection, ServiceInstance, Source } from './profile-store.ts';

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

export interface CatalogScope extends Writable<Omit<Scope, 'instances'>> {
  readonly instances: Map<string, CatalogInstance>;
  readonly sources: Map<string, CatalogSource[]>;
}
export interface CatalogInstance extends Writable<Omit<Instance, 'silences'>> {
  readonly silences: (readonly [from: number, to: number])[];
  /** The text that this instance runs, by file, as far as it is known since this start. */
  readonly sources: Map<string, CatalogSource>;
}
export interface CatalogSource extends Writable<Omit<Source, 'scope' | 'unmeasured'>> {
  readonly id: number;
  readonly scope: CatalogScope;
  readonly unmeasured: Map<string, { readonly function: string; readonly line: number; readonly reason: string }>;
  readonly functions: Map<string, CatalogFunction>;
  /** The functions of each name by line: more than one are twins. */
  readonly named: Map<string, CatalogFunction | CatalogFunction[]>;
}
export interface CatalogFunction extends Writable<Omit<MeasuredFunction, 'source'>> {
  readonly source: CatalogSource;
}
type NewFunction = Omit<CatalogFunction, 'group'>;

export interface CatalogLimits {
  readonly scopes: number;
  readonly functionsOfScope: number;
  readonly functions: number;
  readonly instancesOfScope: number;
}

/** Lists of selected functions that are kept: 8 bytes a function. */
const keptSelections = 8;
const worthKeeping = 1_000;

/** A sensor is heard every half minute, also when nothing is called: three missed signs of life are a silence. */
const silenceMilliseconds = 90_000;
/** Of an instance; the oldest are forgotten. */
const keptSilences = 16;

/** What an instance tells: since when it was measured (`from`), when it arrived, and whether a sensor told it. */
export interface Sign {
  readonly from: number;
  readonly arrival: number;
  readonly ofSensor: boolean;
}

const functionKey = (name: string, line: number): string => `${line}:${name}`;

export class Catalog {
  readonly scopes = new Map<string, CatalogScope>();
  readonly sourcesById = new Map<number, CatalogSource>();
  readonly functionsById = new Map<number, CatalogFunction>();
  readonly scopesById = new Map<number, CatalogScope>();
  /** New or changed since the last save. */
  readonly dirtyScopes = new Set<CatalogScope>();
  readonly dirtySources = new Set<CatalogSource>();
  readonly dirtyFunctions = new Set<CatalogFunction>();
  /** Not in the database at all: must be saved with the first row that points at them. */
  readonly newScopes = new Set<CatalogScope>();
  readonly newSources = new Set<CatalogSource>();
  readonly newFunctions = new Set<CatalogFunction>();
  #nextScope = 1;
  #nextSource = 1;
  #nextFunction = 1;
  /** Numbers of groups by what their functions have in common: service, environment, file, name, place among twins. */
  readonly #groups = new Map<string, number>();
  #highestFunction = 0;
  #shape = 0;
  readonly #selected = new LRUCache<string, { readonly shape: number; readonly functions: readonly CatalogFunction[] }>(
    {
      max: keptSelections,
    },
  );
  readonly #limits: CatalogLimits;

  constructor(limits: CatalogLimits) {
    this.#limits = limits;
  }

  /** The scope of an instance, made at need; undefined when there are too many. */
  scope(of: ServiceInstance, now: number): { readonly scope: CatalogScope; readonly isNew: boolean } | undefined {
    const key = JSON.stringify([of.service, of.environment, of.version]);
    const known = this.scopes.get(key);
    if (known !== undefined) {
      if (of.revision !== undefined && of.revision !== known.revision) known.revision = of.revision;
      if (of.repository !== undefined && of.repository !== known.repository) known.repository = of.repository;
      return { scope: known, isNew: false };
    }
    if (this.scopes.size >= this.#limits.scopes) return undefined;
    const scope: CatalogScope = {
      id: this.#nextScope,
      service: of.service,
      environment: of.environment,
      version: of.version,
      revision: of.revision,
      repository: of.repository,
      firstSeen: now,
      lastSeen: now,
      functions: 0,
      instances: new Map(),
      sources: new Map(),
    };
    this.addScope(key, scope);
    this.newScopes.add(scope);
    return { scope, isNew: true };
  }

  addScope(key: string, scope: CatalogScope): void {
    this.#nextScope = Math.max(this.#nextScope, scope.id + 1);
    this.scopes.set(key, scope);
    this.scopesById.set(scope.id, scope);
  }

  /** Notes that an instance is alive. Beyond the limit the two seen longest ago become one. */
  instance(scope: CatalogScope, id: string, { from, arrival, ofSensor }: Sign): CatalogInstance {
    scope.lastSeen = Math.max(scope.lastSeen, arrival);
    this.dirtyScopes.add(scope);
    let instance = scope.instances.get(id);
    if (instance === undefined) {
      if (scope.instances.size >= this.#limits.instancesOfScope) joinOldest(scope.instances);
      instance = { firstSeen: from, lastSeen: arrival, saysItIsThere: ofSensor, silences: [], sources: new Map() };
      scope.instances.set(id, instance);
    }
    instance.saysItIsThere ||= ofSensor;
    if (instance.saysItIsThere && from > instance.lastSeen + silenceMilliseconds) {
      instance.silences.push([instance.lastSeen, from]);
      if (instance.silences.length > keptSilences) instance.silences.shift();
    } else endSilenceAt(instance.silences, from);
    instance.firstSeen = Math.min(instance.firstSeen, from);
    instance.lastSeen = Math.max(instance.lastSeen, arrival);
    return instance;
  }

  /**
   * The text of a file that an instance runs. `blob` empty: what the instance said before, else the text seen last.
   * A text that was there before anyone told its blob gets it now.
   */
  source(scope: CatalogScope, file: string, blob: string, now: number): CatalogSource {
    let texts = scope.sources.get(file);
    if (texts === undefined) {
      texts = [];
      scope.sources.set(file, texts);
    }
    let source =
      blob === ''
        ? texts.reduce<CatalogSource | undefined>(
            (newest, each) => (newest && newest.lastSeen > each.lastSeen ? newest : each),
            undefined,
          )
        : (texts.find((each) => each.blob === blob) ?? texts.find((each) => each.blob === ''));
    if (source === undefined) {
      source = {
        id: this.#nextSource,
        scope,
        file,
        blob,
        firstSeen: now,
        lastSeen: now,
        unmeasured: new Map(),
        functions: new Map(),
        named: new Map(),
      };
      this.addSource(source);
      this.newSources.add(source);
    }
    if (blob !== '' && source.blob === '') source.blob = blob;
    if (now > source.lastSeen) source.lastSeen = now;
    this.dirtySources.add(source);
    return source;
  }

  addSource(source: CatalogSource): void {
    this.#nextSource = Math.max(this.#nextSource, source.id + 1);
    this.sourcesById.set(source.id, source);
    const texts = source.scope.sources.get(source.file);
    if (texts === undefined) source.scope.sources.set(source.file, [source]);
    else if (!texts.includes(source)) texts.push(source);
  }

  /** The function of a text, made at need; undefined when the scope or the store has too many. */
  function(source: CatalogSource, name: string, line: number, now: number): CatalogFunction | undefined {
    const key = functionKey(name, line);
    const known = source.functions.get(key);
    if (known !== undefined) return known;
    if (source.file === entriesFile && source.functions.size >= mostEntries) return undefined;
    if (source.scope.functions >= this.#limits.functionsOfScope || this.functionsById.size >= this.#limits.functions) {
      return undefined;
    }
    const fn = this.addFunction({ id: this.#nextFunction, source, name, line, measuredSince: now, lastCall: 0 });
    this.newFunctions.add(fn);
    return fn;
  }

  addFunction(of: NewFunction): CatalogFunction {
    const fn: CatalogFunction = { ...of, group: -1 };
    const { source } = fn;
    const namesakes = source.named.get(of.name);
    if (namesakes === undefined) {
      source.named.set(of.name, fn);
      fn.group = this.#groupNumber(fn, 0);
    } else {
      const twins = Array.isArray(namesakes) ? namesakes : [namesakes];
      twins.push(fn);
      twins.sort((one, other) => one.line - other.line);
      source.named.set(of.name, twins);
      for (const [place, twin] of twins.entries()) twin.group = this.#groupNumber(twin, place);
    }
    this.#nextFunction = Math.max(this.#nextFunction, fn.id + 1);
    this.#highestFunction = Math.max(this.#highestFunction, fn.id);
    this.#shape += 1;
    this.functionsById.set(fn.id, fn);
    source.functions.set(functionKey(fn.name, fn.line), fn);
    if (source.file !== entriesFile) source.scope.functions += 1;
    return fn;
  }

  get highestFunction(): number {
    return this.#highestFunction;
  }

  /** Group numbers are below this. */
  get groups(): number {
    return this.#groups.size;
  }

  #groupNumber({ source, name }: CatalogFunction, place: number): number {
    const { scope, file } = source;
    const key = `${scope.service}\n${scope.environment}\n${file}\n${name}${place === 0 ? '' : `\n${place}`}`;
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = this.#groups.size;
      this.#groups.set(key, group);
    }
    return group;
  }

  /** Forgets a text and its functions, and a scope that has none left. */
  removeSource(source: CatalogSource): void {
    const { scope } = source;
    for (const fn of source.functions.values()) this.functionsById.delete(fn.id);
    if (source.file !== entriesFile) scope.functions -= source.functions.size;
    this.#shape += 1;
    this.sourcesById.delete(source.id);
    const texts = (scope.sources.get(source.file) ?? []).filter((each) => each !== source);
    if (texts.length > 0) scope.sources.set(source.file, texts);
    else scope.sources.delete(source.file);
  }

  removeScope(scope: CatalogScope): void {
    this.scopesById.delete(scope.id);
    this.scopes.delete(JSON.stringify([scope.service, scope.environment, scope.version]));
  }

  /** It was measured earlier than was known. */
  measuredFrom(fn: CatalogFunction, start: number): void {
    fn.measuredSince = start;
    this.dirtyFunctions.add(fn);
  }

  called(fn: CatalogFunction, time: number): void {
    if (time <= fn.lastCall) return;
    fn.lastCall = time;
    this.dirtyFunctions.add(fn);
  }

  /** All functions of a selection. The whole of a large service is asked for again and again: the list is kept. */
  select(selection: Selection): readonly CatalogFunction[] {
    const key = JSON.stringify(selection);
    const known = this.#selected.get(key);
    if (known?.shape === this.#shape) return known.functions;
    const functions: CatalogFunction[] = [];
    for (const source of this.selectSources(selection)) {
      for (const fn of source.functions.values()) {
        if (selection.function === undefined || selection.function === fn.name) functions.push(fn);
      }
    }
    if (functions.length >= worthKeeping) this.#selected.set(key, { shape: this.#shape, functions });
    return functions;
  }

  *selectSources(selection: Selection): Generator<CatalogSource> {
    const { service, environment, version, file } = selection;
    const folder = selection.under === undefined ? undefined : selection.under.replace(/\/+$/, '');
    for (const scope of this.scopes.values()) {
      if (service !== undefined && service !== scope.service) continue;
      if (environment !== undefined && environment !== scope.environment) continue;
      if (version !== undefined && version !== scope.version) continue;
      const only = selection.entries ? entriesFile : file;
      if (only !== undefined) {
        yield* scope.sources.get(only) ?? [];
        continue;
      }
      for (const [path, texts] of scope.sources) {
        if (path === entriesFile) continue;
        if (folder === undefined || folder === '' || path === folder || path.startsWith(`${folder}/`)) yield* texts;
      }
    }
  }
}

/** A rate over the time of both is a little low where neither was there between them, and never far too high. */
function joinOldest(instances: Map<string, CatalogInstance>): void {
  const [oldest, next] = [...instances].sort(([, one], [, other]) => one.lastSeen - other.lastSeen);
  if (oldest === undefined) return;
  instances.delete(oldest[0]);
  if (next === undefined) return;
  next[1].firstSeen = Math.min(next[1].firstSeen, oldest[1].firstSeen);
  next[1].silences.length = 0;
}

/** What there is to measure is told before the first numbers, which are of the time before. */
function endSilenceAt(silences: CatalogInstance['silences'], from: number): void {
  const last = silences.at(-1);
  if (last === undefined || from >= last[1]) return;
  silences.pop();
  if (from > last[0]) silences.push([last[0], from]);
}
