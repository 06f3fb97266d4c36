/** What one session of an agent works on, what it was told, and which answers it has. Bounded; instants in milliseconds since 1970. */
import type { Subscription } from '@runlens/agent/interest/concern';
import type { Told } from '@runlens/agent/interest/news';
import type { Interest } from '@runlens/protocol/api/context';

const bounds = { places: 200, services: 20, told: 2_000, answers: 50 } as const;

export interface GivenAnswer {
  readonly contextVersion: string;
  readonly tool: string;
  readonly about?: string | undefined;
  readonly question: string;
  readonly files: readonly string[];
  readonly functions: readonly { readonly file: string; readonly function: string }[];
  readonly service: string | undefined;
}

export class ContextSession {
  readonly begunAt: number;
  heardAt: number;
  toldAt: number | undefined;
  /** How often something was told. */
  tellings = 0;
  changed: readonly string[] = [];
  subscriptions: readonly Subscription[] = [];
  readonly functions = new Map<string, { readonly file: string; readonly function: string }>();
  readonly files = new Set<string>();
  readonly services = new Set<string>();
  readonly environments = new Set<string>();
  readonly told = new Map<string, Told>();
  /** By question. */
  readonly answers = new Map<string, GivenAnswer>();

  constructor(now: number) {
    this.begunAt = now;
    this.heardAt = now;
  }

  learn({ service, environment, files = [], functions = [], changed, subscriptions }: Interest): void {
    if (service !== undefined) remember(this.services, service, bounds.services);
    if (environment !== undefined) remember(this.environments, environment, bounds.services);
    for (const file of files) remember(this.files, file, bounds.places);
    for (const each of functions) this.#learnFunction(each);
    if (changed !== undefined) this.changed = changed;
    if (subscriptions !== undefined) this.subscriptions = subscriptions;
  }

  tell(told: ReadonlyMap<string, Told>, at: number): void {
    for (const [id, each] of told) {
      this.told.delete(id);
      this.told.set(id, each);
    }
    trim(this.told, bounds.told);
    this.toldAt = at;
    this.tellings += 1;
  }

  answered(answer: GivenAnswer): void {
    this.answers.delete(answer.question);
    this.answers.set(answer.question, answer);
    trim(this.answers, bounds.answers);
  }

  /** What another process of the same session learnt and was told. */
  take(other: ContextSession): void {
    for (const each of other.services) remember(this.services, each, bounds.services);
    for (const each of other.environments) remember(this.environments, each, bounds.services);
    for (const each of other.files) remember(this.files, each, bounds.places);
    for (const each of other.functions.values()) this.#learnFunction(each);
    for (const answer of other.answers.values()) this.answered(answer);
    for (const [id, each] of other.told) this.told.set(id, each);
    trim(this.told, bounds.told);
    if (other.changed.length > 0) this.changed = other.changed;
    this.toldAt = Math.max(this.toldAt ?? 0, other.toldAt ?? 0) || undefined;
    this.tellings += other.tellings;
  }

  #learnFunction(place: { readonly file: string; readonly function: string }): void {
    const key = `${place.file}\n${place.function}`;
    this.functions.delete(key);
    this.functions.set(key, place);
    trim(this.functions, bounds.places);
  }
}

/** At the end: the first one is the one that was named longest ago. */
function remember(set: Set<string>, value: string, most: number): void {
  set.delete(value);
  set.add(value);
  const [oldest] = set;
  if (set.size > most && oldest !== undefined) set.delete(oldest);
}

function trim(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}
