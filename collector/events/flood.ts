/** When more new events come than anybody reads one by one: how many are kept, and what is said of the others together. */
import { formatCount } from '@runlens/protocol/format';
import type { EventMessage } from './message.ts';

/** New events of one source: so many at once, and so many more each minute. What is known already is always taken. */
const newEvents = { atOnce: 300, perMinute: 300 };
/** The flood is over when nothing was folded for as long. */
const overMilliseconds = 60_000;
const mostNames = 50;
const namesTold = 5;

/** Of one source. Instants in milliseconds since 1970. */
export class Flood {
  #tokens: number = newEvents.atOnce;
  #refilled: number;
  #since: number | undefined;
  #last = 0;
  #folded = 0;
  #firing = 0;
  readonly #names = new Map<string, number>();

  constructor(now: number) {
    this.#refilled = now;
  }

  get isOn(): boolean {
    return this.#since !== undefined;
  }

  /** Whether there is room for one more new event. */
  admits(now: number): boolean {
    const gained = (Math.max(0, now - this.#refilled) / 60_000) * newEvents.perMinute;
    this.#tokens = Math.min(newEvents.atOnce, this.#tokens + gained);
    this.#refilled = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  fold({ state, labels, service, title }: EventMessage, now: number): void {
    this.#since ??= now;
    this.#last = now;
    this.#folded += 1;
    if (state === 'firing') this.#firing += 1;
    const name = service ?? labels.service_name ?? labels.service ?? labels.alertname ?? title;
    const known = this.#names.has(name) || this.#names.size < mostNames ? name : 'others';
    this.#names.set(known, (this.#names.get(known) ?? 0) + 1);
  }

  /** What is said of all that was folded; undefined: there is no flood. After the one that says that it is over there is none. */
  summary(source: string, now: number): EventMessage | undefined {
    if (this.#since === undefined) return undefined;
    const isOver = now - this.#last >= overMilliseconds;
    const names = [...this.#names]
      .sort(([, one], [, other]) => other - one)
      .slice(0, namesTold)
      .map(([name, times]) => `${formatCount(times)} of ${name}`);
    const message: EventMessage = {
      key: 'flood',
      kind: 'flood',
      state: isOver ? 'resolved' : 'firing',
      at: isOver ? this.#last + 1 : now,
      startedAt: this.#since,
      severity: 'warning',
      title: `${source} sent more new events than are kept one by one`,
      detail: `${formatCount(this.#folded)} messages were only counted, ${formatCount(this.#firing)} of them of what fires: ${names.join(', ')}.`,
      labels: {},
    };
    if (isOver) {
      this.#since = undefined;
      this.#folded = 0;
      this.#firing = 0;
      this.#names.clear();
    }
    return message;
  }
}
