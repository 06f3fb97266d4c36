import type { Actor } from '@runlens/protocol';
import { userOf } from '../access/actor.ts';
import type { AuditLog } from './audit-log.ts';

/**
 * Of refused calls so many a minute are written: whoever tries tokens must not fill the disk, nor hide by it what others
 * are refused.
 */
const mostPerMinute = { ofUser: 60, ofAll: 600 } as const;

/** Writes refused calls to the audit log; what is beyond the bound is counted, and told with the next that is written. */
export class Refusals {
  readonly #log: AuditLog;
  readonly #now: () => number;
  #minute = 0;
  #written = 0;
  readonly #writtenOf = new Map<string, number>();
  #left = 0;

  constructor(log: AuditLog, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  /** `from`: the address that it came from. */
  add(actor: Actor, path: string, reason: string, from: string): void {
    const minute = Math.floor(this.#now() / 60_000);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#written = 0;
      this.#writtenOf.clear();
    }
    const user = userOf(actor);
    const ofUser = this.#writtenOf.get(user) ?? 0;
    if (this.#written >= mostPerMinute.ofAll || ofUser >= mostPerMinute.ofUser) {
      this.#left += 1;
      return;
    }
    this.#written += 1;
    this.#writtenOf.set(user, ofUser + 1);
    const more = this.#left === 0 ? '' : ` (${this.#left} more before were not written)`;
    this.#left = 0;
    this.#log.owe({
      actor,
      action: 'access.refused',
      subject: path,
      outcome: 'refused',
      reason: reason + more,
      details: JSON.stringify({ from }),
    });
  }
}
