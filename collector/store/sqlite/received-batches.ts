/**
 * Which requests were counted, so that one whose answer was lost can be sent again (`requestHeaders.batch` of
 * `protocol/telemetry.ts`). A row a sender, written in the transaction that makes its numbers durable; all of it is in
 * memory too: 3 KB a sender that is busy.
 */
import type { DatabaseSync } from 'node:sqlite';

/** Of each sender; a sender sends one after the other, but for the last few of a process that ends. */
const keptOfSender = 64;
/** The sender unheard of for longest is forgotten first. */
const keptSenders = 10_000;

interface Sender {
  readonly batches: readonly string[];
  readonly lastSeen: number;
}

export class ReceivedBatches {
  /** The sender heard of last is the last. */
  readonly #senders = new Map<string, Sender>();
  readonly #save;
  readonly #forget;

  constructor(database: DatabaseSync) {
    this.#save = database.prepare('INSERT OR REPLACE INTO received VALUES (?, ?, ?)');
    this.#forget = database.prepare('DELETE FROM received WHERE sender = ?');
    for (const row of database.prepare('SELECT sender, batches, last_seen FROM received ORDER BY last_seen').all()) {
      const batches = String(row.batches).split(' ');
      this.#senders.set(String(row.sender), { batches, lastSeen: Number(row.last_seen) });
    }
  }

  has(id: string): boolean {
    const { sender, batch } = parts(id);
    return this.#senders.get(sender)?.batches.includes(batch) ?? false;
  }

  /** Call inside the transaction that writes what the batches hold; the result goes to {@link saved} after its commit. */
  save(ids: readonly string[], now: number): ReadonlyMap<string, Sender> {
    const changed = new Map<string, Sender>();
    for (const id of ids) {
      const { sender, batch } = parts(id);
      const known = changed.get(sender) ?? this.#senders.get(sender);
      changed.set(sender, { batches: [...(known?.batches ?? []), batch].slice(-keptOfSender), lastSeen: now });
    }
    for (const [sender, { batches }] of changed) this.#save.run(sender, batches.join(' '), Math.round(now));
    return changed;
  }

  saved(changed: ReadonlyMap<string, Sender>): void {
    for (const [sender, state] of changed) {
      this.#senders.delete(sender);
      this.#senders.set(sender, state);
    }
  }

  /** Forgets senders last heard of before an instant, and those beyond the bound. Call inside a transaction. */
  retire(before: number): void {
    for (const [sender, { lastSeen }] of this.#senders) {
      if (lastSeen >= before && this.#senders.size <= keptSenders) break;
      this.#forget.run(sender);
      this.#senders.delete(sender);
    }
  }
}

/** What comes before the last dot (or slash, where there is none) is the sender's. */
function parts(id: string): { readonly sender: string; readonly batch: string } {
  const dot = id.lastIndexOf('.');
  const at = dot < 0 ? id.lastIndexOf('/') : dot;
  return { sender: id.slice(0, Math.max(0, at)), batch: id.slice(at + 1) };
}
