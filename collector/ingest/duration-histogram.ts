/** OTLP histograms of any kind and scale, as a histogram at the one scale that is stored (`protocol/histogram.ts`). */
import { bucketIndex, bucketMiddle, histogramScale } from '@runlens/protocol/histogram';
import { clampIndex, emptyBlob, encodeHistogram, HistogramSum } from '../store/histogram-blob.ts';
import { longestVarint, writeVarint, zigzag } from '../store/varint.ts';

/** `counts[i]` calls in bucket `offset + i` of `scale`, as in OpenTelemetry's ExponentialHistogram. */
export interface ExponentialBuckets {
  readonly scale: number;
  readonly zeroCount: number;
  readonly offset: number;
  readonly counts: ArrayLike<number>;
  /** How many of `counts` are meant; it may be a longer, reused array. */
  readonly length: number;
  /** Seconds that one of the metric's unit is. */
  readonly unitSeconds: number;
}

const sum = new HistogramSum();
/**
 * Histograms are written one after the other into a piece of memory of many: a typed array of its own for each cost more
 * than all the rest of reading it. Whoever keeps one for long copies it, or the whole piece stays.
 */
const pieceBytes = 65_536;
let piece = new Uint8Array(pieceBytes);
let pieceUsed = 0;

/**
 * Finer scales shift down exactly. Coarser ones are spread evenly over the buckets that theirs covers, so that a
 * percentile is never further off than within the bucket that was sent; below scale 0 (a bucket holds a doubling and
 * more) a bucket's calls stay at its middle.
 */
export function fromExponential(buckets: ExponentialBuckets): Uint8Array {
  const { scale, zeroCount, offset, counts, length } = buckets;
  if (buckets.unitSeconds === 1 && scale >= histogramScale && scale - histogramScale < 31) {
    return shifted(zeroCount, offset, counts, length, scale - histogramScale);
  }
  sum.addZeros(zeroCount);
  const covered = 2 ** (histogramScale - scale);
  const shift = Math.log2(buckets.unitSeconds) * 2 ** histogramScale;
  for (let i = 0; i < length; i += 1) {
    const count = counts[i] ?? 0;
    if (count === 0) continue;
    const first = (offset + i) * covered + shift;
    if (covered > 1 && covered <= 32) spread(Math.round(first), covered, count);
    else sum.addBucket(Math.floor(first + covered / 2), count);
  }
  return encodeHistogram(sum.take());
}

/** `counts[i]` calls in (bounds[i-1], bounds[i]], as in OpenTelemetry's Histogram; `min` and `max` bound its open ends. */
export interface ExplicitBuckets {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly unitSeconds: number;
}

/** The calls of a bucket are spread evenly over what it covers (in log space), at most over five octaves. */
export function fromExplicit(buckets: ExplicitBuckets): Uint8Array {
  const { bounds, counts, unitSeconds } = buckets;
  for (const [i, count] of counts.entries()) {
    if (count <= 0) continue;
    const upper = Math.min(bounds[i] ?? Number.POSITIVE_INFINITY, buckets.max ?? Number.POSITIVE_INFINITY);
    const lower = Math.max(bounds[i - 1] ?? 0, buckets.min ?? 0);
    if (upper <= 0) {
      sum.addZeros(count);
      continue;
    }
    const high = Number.isFinite(upper) ? upper : lower * 2 || 1;
    const last = bucketIndex(high * unitSeconds);
    const widest = 5 * 2 ** histogramScale;
    const first = lower > 0 ? Math.max(bucketIndex(lower * unitSeconds) + 1, last - widest) : last - widest;
    if (first >= last) sum.addBucket(last, count);
    else spread(first, last - first + 1, count);
  }
  return encodeHistogram(sum.take());
}

/** One bucket for all: what is known when a sender tells only sum and count. */
export function fromMean(count: number, meanSeconds: number): Uint8Array {
  if (count <= 0) return emptyBlob;
  if (meanSeconds > 0) sum.addBucket(bucketIndex(meanSeconds), count);
  else sum.addZeros(count);
  return encodeHistogram(sum.take());
}

/** The middle of a histogram's highest bucket: the maximum, where the sender told none. */
export function highestMiddle(histogram: Uint8Array): number {
  if (histogram.length === 0) return 0;
  sum.add(histogram);
  const highest = sum.take().indexes.at(-1);
  return highest === undefined ? 0 : bucketMiddle(highest);
}

/** Shares `count` over `width` buckets so that no call is lost or made up: a single one lands in the middle. */
function spread(first: number, width: number, count: number): void {
  let before = 0;
  for (let j = 1; j <= width; j += 1) {
    const upTo = j === width ? count : Math.floor((j * count) / width + 0.5);
    sum.addBucket(first + j - 1, upTo - before);
    before = upTo;
  }
}

/** The hot path: no object but the result. */
function shifted(zeroCount: number, offset: number, counts: ArrayLike<number>, length: number, by: number): Uint8Array {
  const most = longestVarint * (2 + 2 * length);
  if (pieceUsed + most > piece.length) {
    piece = new Uint8Array(Math.max(pieceBytes, most));
    pieceUsed = 0;
  }
  const bytes = piece;
  const begin = pieceUsed;
  let at = writeVarint(bytes, begin, zeroCount);
  const headerEnd = at;
  let previous = 0;
  let started = false;
  let current = 0;
  let pending = 0;
  for (let i = 0; i < length; i += 1) {
    const count = counts[i] ?? 0;
    if (count === 0) continue;
    const index = clampIndex((offset + i) >> by);
    if (pending > 0 && index !== current) {
      at = writeVarint(bytes, at, started ? current - previous : zigzag(current));
      at = writeVarint(bytes, at, pending);
      started = true;
      previous = current;
      pending = 0;
    }
    current = index;
    pending += count;
  }
  if (pending > 0) {
    at = writeVarint(bytes, at, started ? current - previous : zigzag(current));
    at = writeVarint(bytes, at, pending);
  }
  if (zeroCount === 0 && at === headerEnd) return emptyBlob;
  pieceUsed = at;
  return bytes.subarray(begin, at);
}
