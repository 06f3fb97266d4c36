import type { ProbeStatus } from '@runlens/protocol';
import type { ProbeEvent } from '@runlens/protocol/api/probes';

/** A counter that is hit all the time changes all the time: its listeners hear of it so often. */
const gatherMilliseconds = 200;

/** Tells the newest state of each probe, a new state at once and new numbers now and then. */
export class ProbeEvents {
  readonly #tell: (event: 'probe', data: ProbeEvent) => void;
  readonly #now: () => number;
  readonly #waiting = new Map<string, ProbeStatus>();
  readonly #states = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (event: 'probe', data: ProbeEvent) => void, now: () => number) {
    this.#tell = tell;
    this.#now = now;
  }

  changed(status: ProbeStatus): void {
    const { id } = status.probe;
    const state = `${status.state} ${status.cause ?? ''} ${status.instances.map((each) => each.state).join()} ${status.probe.expiresAt}`;
    this.#waiting.set(id, status);
    if (this.#states.get(id) !== state) {
      this.#states.set(id, state);
      if (['expired', 'done', 'removed'].includes(status.state)) this.#states.delete(id);
      this.#tellOne(id);
      return;
    }
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      for (const each of [...this.#waiting.keys()]) this.#tellOne(each);
    }, gatherMilliseconds);
    this.#timer.unref();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #tellOne(id: string): void {
    const probe = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (probe) this.#tell('probe', { at: new Date(this.#now()).toISOString(), probe });
  }
}
