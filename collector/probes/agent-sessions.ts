import type { Actor, Probe } from '@runlens/protocol';

/** An agent's session that has asked nothing for so long has ended. */
const sessionMilliseconds = 30 * 60_000;
const mostSessions = 10_000;

/** When the sessions of agents were heard last: with one that has ended go its probes. */
export class AgentSessions {
  readonly #heard = new Map<string, number>();

  /** Whoever asks something is there; people have no session. */
  heard({ session }: Actor, at: number): void {
    if (session === undefined) return;
    this.#heard.delete(session);
    this.#heard.set(session, at);
    if (this.#heard.size <= mostSessions) return;
    const [oldest] = this.#heard.keys();
    if (oldest !== undefined) this.#heard.delete(oldest);
  }

  /** Whether the session that placed it has ended. */
  isOrphan({ owner: { session }, createdAt }: Probe, at: number): boolean {
    return session !== undefined && (this.#heard.get(session) ?? Date.parse(createdAt)) < at - sessionMilliseconds;
  }
}
