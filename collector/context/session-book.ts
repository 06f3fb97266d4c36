/** The sessions of agents, by whose token and by the name that they give; those of one agent in one working copy as one. */
import { ContextSession } from './context-session.ts';

const mostSessions = 10_000;
/** Who asked nothing for so long begins anew. */
const keptMilliseconds = 12 * 3_600_000;
/** So long after its last call a process counts as one of the workspace. */
const liveMilliseconds = 30 * 60_000;

export interface SessionName {
  readonly user: string;
  readonly session: string;
  readonly workspace: string | undefined;
  /** Its name is that of a process, and not of the host's session. */
  readonly joins: boolean;
}

interface Known {
  readonly name: SessionName;
  /** Of a process that has joined: that of the session. */
  session: ContextSession;
}

export class SessionBook {
  readonly #known = new Map<string, Known>();
  /** Keys by user and working copy. */
  readonly #workspaces = new Map<string, Set<string>>();

  get size(): number {
    return this.#known.size;
  }

  /** Makes it where there is none. */
  of(name: SessionName, now: number): ContextSession {
    const key = keyOf(name);
    let known = this.#known.get(key);
    if (known !== undefined && known.session.heardAt < now - keptMilliseconds) {
      this.#forget(key, known);
      known = undefined;
    }
    known ??= { name, session: new ContextSession(now) };
    // At the end: the first one is the one that was heard longest ago.
    this.#known.delete(key);
    this.#known.set(key, known);
    const place = placeOf(name);
    if (place !== undefined) {
      const keys = this.#workspaces.get(place) ?? new Set();
      this.#workspaces.set(place, keys.add(key));
    }
    known.session.heardAt = now;
    this.#join(place, now);
    for (const [oldest, each] of this.#known) {
      if (this.#known.size <= mostSessions) break;
      this.#forget(oldest, each);
    }
    return known.session;
  }

  end(name: Pick<SessionName, 'user' | 'session'>): void {
    const key = keyOf(name);
    const known = this.#known.get(key);
    if (known !== undefined) this.#forget(key, known);
  }

  /** Exactly one of each kind: with more nobody knows which belong together, and each is told by itself. */
  #join(place: string | undefined, now: number): void {
    if (place === undefined) return;
    const live = [...(this.#workspaces.get(place) ?? [])]
      .flatMap((key) => this.#known.get(key) ?? [])
      .filter(({ session }) => session.heardAt >= now - liveMilliseconds);
    const [host, ...otherHosts] = live.filter(({ name }) => !name.joins);
    const [joining, ...others] = live.filter(({ name }) => name.joins);
    if (host === undefined || joining === undefined || otherHosts.length + others.length > 0) return;
    if (host.session === joining.session) return;
    host.session.take(joining.session);
    joining.session = host.session;
  }

  #forget(key: string, { name }: Known): void {
    this.#known.delete(key);
    const place = placeOf(name);
    if (place === undefined) return;
    const keys = this.#workspaces.get(place);
    keys?.delete(key);
    if (keys?.size === 0) this.#workspaces.delete(place);
  }
}

const keyOf = ({ user, session }: Pick<SessionName, 'user' | 'session'>): string => JSON.stringify([user, session]);

const placeOf = ({ user, workspace }: SessionName): string | undefined =>
  workspace === undefined ? undefined : JSON.stringify([user, workspace]);
