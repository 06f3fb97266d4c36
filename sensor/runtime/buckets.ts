/**
 * The buckets of a histogram that hold something, ascending by index, and what each holds. Two lists: a function has few,
 * and a `Map` takes 250 bytes for the first, which of 20,000 functions is 5 MB.
 */
export class Buckets {
  readonly indexes: number[] = [];
  readonly weights: number[] = [];

  add(index: number, weight: number): void {
    const { indexes, weights } = this;
    let low = 0;
    let high = indexes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((indexes[middle] ?? 0) < index) low = middle + 1;
      else high = middle;
    }
    if (indexes[low] === index) weights[low] = (weights[low] ?? 0) + weight;
    else {
      indexes.splice(low, 0, index);
      weights.splice(low, 0, weight);
    }
  }
}
