/** Simulated load whose truth is known, the same in each run. */
import { bucketIndex, type SparseHistogram } from '@runlens/protocol/histogram';

/** Mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface Behaviour {
  /** Calls a minute. */
  readonly rate: number;
  /** Seconds. */
  readonly median?: number;
  /** Share of calls that take 20 times as long. */
  readonly slow?: number;
  readonly errors?: number;
  /** How much one stretch differs from the next in load, latency and errors: σ of a log-normal factor. */
  readonly waves?: number;
  /** One call in so many is timed, and stands for as many. */
  readonly every?: number;
}

export interface Stretch {
  readonly minutes: number;
  readonly calls: number;
  readonly errors: number;
  readonly histogram: SparseHistogram;
}

/** What a function does in a stretch of time: log-normal durations, Poisson calls (by their normal approximation). */
export function behave(random: () => number, behaviour: Behaviour, minutes: number): Stretch {
  const { rate, median = 0.01, slow = 0.02, errors = 0, waves = 0, every = 1 } = behaviour;
  const gauss = (): number => Math.sqrt(-2 * Math.log(random() || 1e-12)) * Math.cos(2 * Math.PI * random());
  const wave = (): number => Math.exp(waves * gauss());
  const [load, latency, failing] = [wave(), wave(), wave()];
  const mean = rate * minutes * load;
  const calls = Math.max(0, Math.round(mean + Math.sqrt(mean) * gauss()));
  const counts = new Map<number, number>();
  let failed = 0;
  for (let call = 0; call < calls; call += 1) {
    if (random() < errors * failing) failed += 1;
    if (every > 1 && random() >= 1 / every) continue;
    const seconds = median * latency * Math.exp(0.5 * gauss()) * (random() < slow ? 20 : 1);
    const index = bucketIndex(seconds);
    counts.set(index, (counts.get(index) ?? 0) + every);
  }
  const indexes = [...counts.keys()].sort((a, b) => a - b);
  return {
    minutes,
    calls,
    errors: failed,
    histogram: { zeroCount: 0, indexes, counts: indexes.map((index) => counts.get(index) ?? 0) },
  };
}
