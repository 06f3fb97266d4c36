/** What production knows around a function, and which services run a file: read from the store, the same answer for a minute. */
import type { CodePlace, KnownFunction } from '@runlens/agent/interest/concern';
import type { KnownCode } from '@runlens/agent/interest/interest-set';
import { LRUCache } from 'lru-cache';
import type { ProfileStore } from '../store/profile-store.ts';

const cached = { entries: 20_000, milliseconds: 60_000 } as const;
/** Counts of callers, entries and what is asked are kept by the hour. */
const windowMilliseconds = 3 * 3_600_000;
/** Of one function: those beyond are of no weight. */
const mostNamed = 50;

export class Neighbours implements KnownCode {
  readonly #store: ProfileStore;
  readonly #now: () => number;
  readonly #functions: LRUCache<string, KnownFunction>;
  readonly #services: LRUCache<string, readonly string[]>;
  readonly #names: LRUCache<string, readonly string[]>;

  constructor(store: ProfileStore, now: () => number) {
    this.#store = store;
    this.#now = now;
    const options = { max: cached.entries, ttl: cached.milliseconds };
    this.#functions = new LRUCache(options);
    this.#services = new LRUCache(options);
    this.#names = new LRUCache(options);
  }

  of({ file, function: name }: CodePlace): KnownFunction {
    const key = `${file}\n${name}`;
    const known = this.#functions.get(key);
    if (known !== undefined) return known;
    const found = this.#read(file, name);
    this.#functions.set(key, found);
    return found;
  }

  servicesOf(file: string): readonly string[] {
    const known = this.#services.get(file);
    if (known !== undefined) return known;
    const found = [...new Set(this.#store.sources({ file }).map(({ scope }) => scope.service))];
    this.#services.set(file, found);
    return found;
  }

  functionsOf(file: string): readonly string[] {
    const known = this.#names.get(file);
    if (known !== undefined) return known;
    const found = [...new Set(this.#store.functions({ file }).map(({ name }) => name))];
    this.#names.set(file, found);
    return found;
  }

  environmentsOf(service: string): readonly string[] {
    return this.#store.scopes().flatMap((scope) => (scope.service === service ? [scope.environment] : []));
  }

  #read(file: string, name: string): KnownFunction {
    const functions = this.#store.functions({ file, function: name });
    const callers: CodePlace[] = [];
    const [entries, dependencies] = [new Set<string>(), new Set<string>()];
    if (functions.length === 0) return { file, function: name, callers, entries: [], dependencies: [] };
    const until = this.#now();
    for (const { kind, label } of this.#store
      .read(functions, { since: until - windowMilliseconds, until })
      .details(functions)) {
      const end = label.indexOf('\n');
      if (kind === 'caller') callers.push({ file: label.slice(0, end), function: label.slice(end + 1) });
      else if (kind === 'entry') entries.add(label);
      else if (kind === 'query') dependencies.add(label.slice(0, end));
      else if (kind === 'call') dependencies.add(label);
    }
    return {
      ...{ file, function: name, callers: callers.slice(0, mostNamed) },
      entries: [...entries].slice(0, mostNamed),
      dependencies: [...dependencies].slice(0, mostNamed),
    };
  }
}
