import type { Actor, Probe } from '@runlens/protocol';
import { userOf } from '../access/actor.ts';

/** An agent's session that has asked nothing for so long has ended. */
const sessionMilliseconds = 30 * 60_000;
const mostSessions = 10_000;

/** When the sessions of agents were heard last: with one that has ended go its probes. */
export class AgentSessions {
  readonly #heard = new Map<string, number>();

  /** Whoever asks something is there; people have no session. */
  heard(actor: Actor, at: number): void {
    const key = keyOf(actor);
    if (key === undefined) return;
    this.#heard.delete(key);
    this.#heard.set(key, at);
    if (this.#heard.size <= mostSessions) return;
    const [oldest] = this.#heard.keys();
    if (oldest !== undefined) this.#heard.delete(oldest);
  }

  /** Whether the session that placed it has ended. */
  isOrphan({ owner, createdAt }: Probe, at: number): boolean {
    const key = keyOf(owner);
    return key !== undefined && (this.#heard.get(key) ?? Date.parse(createdAt)) < at - sessionMilliseconds;
  }
}

/** Agents name their sessions: one of the same name is another's. */
const keyOf = (actor: Actor): string | undefined =>
  actor.session === undefined ? undefined : `${userOf(actor)}\n${actor.session}`;
