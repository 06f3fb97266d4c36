/** Adds up what is counted beside the plain numbers, over hours. */
import { HistogramSum } from './histogram-blob.ts';
import { type DetailCount, type DetailKind, detailKinds, type MeasuredFunction } from './profile-store.ts';

interface DetailPart {
  readonly functionId: number;
  /** The position in `detailKinds`. */
  readonly kind: number;
  readonly label: string;
  readonly count: number;
  readonly seconds: number;
  readonly lastSeen: number;
  readonly maxSeconds: number;
  /** Bytes of `histogram-blob.ts`; empty: it has none. */
  readonly histogram: Uint8Array;
}

interface Sum {
  readonly fn: MeasuredFunction;
  readonly kind: DetailKind;
  readonly label: string;
  count: number;
  seconds: number;
  lastSeen: number;
  maxSeconds: number;
  readonly histograms: Uint8Array[];
}

const sumOfBuckets = new HistogramSum();

export class DetailSums {
  readonly #byId: ReadonlyMap<number, MeasuredFunction>;
  readonly #since: number;
  readonly #sums = new Map<string, Sum>();

  /** What was seen last before `since` is left out. */
  constructor(functions: readonly MeasuredFunction[], since: number) {
    this.#byId = new Map(functions.map((fn) => [fn.id, fn]));
    this.#since = since;
  }

  add(part: DetailPart): void {
    const { functionId, label, count, seconds, lastSeen, maxSeconds, histogram } = part;
    const fn = this.#byId.get(functionId);
    const kind = detailKinds[part.kind];
    if (fn === undefined || kind === undefined || lastSeen < this.#since) return;
    const key = `${functionId}|${kind}|${label}`;
    let sum = this.#sums.get(key);
    if (sum === undefined) {
      sum = { fn, kind, label, count: 0, seconds: 0, lastSeen, maxSeconds: 0, histograms: [] };
      this.#sums.set(key, sum);
    }
    sum.count += count;
    sum.seconds += seconds;
    sum.lastSeen = Math.max(sum.lastSeen, lastSeen);
    sum.maxSeconds = Math.max(sum.maxSeconds, maxSeconds);
    if (histogram.length > 0) sum.histograms.push(histogram);
  }

  counts(): readonly DetailCount[] {
    return [...this.#sums.values()].map(({ histograms, ...plain }) => {
      if (histograms.length === 0) return plain;
      for (const histogram of histograms) sumOfBuckets.add(histogram);
      return { ...plain, histogram: sumOfBuckets.take() };
    });
  }
}
