/** What was told to which session, and why: in the audit log, one by one while there are few, and together beyond. */
import { reasonOf } from '@runlens/agent/interest/news-text';
import type { Actor } from '@runlens/protocol';
import type { NewsItem } from '@runlens/protocol/api/context';
import type { AuditEntry } from '@runlens/protocol/audit';
import { bySelf } from '../audit/audit-log.ts';

/** Each is written to the disk for certain, which takes milliseconds. */
const mostPerMinute = 60;
const minute = 60_000;
const mostCounted = 10_000;

export interface Push {
  readonly actor: Actor;
  /** By what way it reached the agent. */
  readonly via: string;
  readonly items: readonly NewsItem[];
  /** Told as a number. */
  readonly more: number;
}

export interface PushAuditOptions {
  readonly record: (entry: AuditEntry) => void;
  readonly now: () => number;
}

export class PushAudit {
  readonly #options: PushAuditOptions;
  #minuteAt = 0;
  #written = 0;
  #together = { pushes: 0, sessions: new Set<string>(), events: new Set<string>() };
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PushAuditOptions) {
    this.#options = options;
  }

  told({ actor, via, items, more }: Push): void {
    const now = this.#options.now();
    if (Math.abs(now - this.#minuteAt) >= minute) {
      this.#sumUp();
      this.#minuteAt = now;
      this.#written = 0;
    }
    if (this.#written >= mostPerMinute) {
      this.#count(actor, items);
      return;
    }
    this.#written += 1;
    this.#options.record({
      actor,
      action: 'context.push',
      subject: actor.session ?? actor.name,
      outcome: 'done',
      reason: items.map((item) => `${item.id} ${item.change}: ${reasonOf(item)}`).join('; '),
      details: JSON.stringify({ via, events: items.map(({ id, change }) => ({ id, change })), more }),
    });
  }

  /** Writes what was counted. */
  close(): void {
    this.#sumUp();
  }

  #count(actor: Actor, items: readonly NewsItem[]): void {
    const { sessions, events } = this.#together;
    this.#together.pushes += 1;
    if (sessions.size < mostCounted) sessions.add(`${actor.name}\n${actor.session}`);
    for (const { id } of items) if (events.size < mostCounted) events.add(id);
    this.#timer ??= setTimeout(() => this.#sumUp(), minute).unref();
  }

  #sumUp(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { pushes, sessions, events } = this.#together;
    if (pushes === 0) return;
    this.#together = { pushes: 0, sessions: new Set(), events: new Set() };
    this.#options.record({
      ...bySelf,
      action: 'context.push',
      subject: `${sessions.size} sessions`,
      reason: `${pushes} more were told of ${events.size} events within a minute than are recorded one by one.`,
    });
  }
}
