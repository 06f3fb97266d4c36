import type { Actor } from '@runlens/protocol';
import type { AuditLog } from './audit-log.ts';

/** Of refused calls so many a minute are written: whoever tries tokens must not fill the disk. */
const mostPerMinute = 120;

/** Writes refused calls to the audit log; what is beyond the bound is counted, and told with the next that is written. */
export class Refusals {
  readonly #log: AuditLog;
  readonly #now: () => number;
  #minute = 0;
  #written = 0;
  #left = 0;

  constructor(log: AuditLog, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  add(actor: Actor, path: string, reason: string): void {
    const minute = Math.floor(this.#now() / 60_000);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#written = 0;
    }
    if (this.#written >= mostPerMinute) {
      this.#left += 1;
      return;
    }
    this.#written += 1;
    const more = this.#left === 0 ? '' : ` (${this.#left} more before were not written)`;
    this.#left = 0;
    this.#log.owe({ actor, action: 'access.refused', subject: path, outcome: 'refused', reason: reason + more });
  }
}
