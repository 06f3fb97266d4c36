/** Queries that are remembered, of all requests together. */
const length = 1_024;
/** Kinds of queries that are named of one call, and characters of their names together. */
const mostNamed = 3;
const longestSummary = 200;

export interface AskedQueries {
  readonly count: number;
  /** `SELECT orders × 24, UPDATE carts`: the most frequent. */
  readonly summary: string;
}

/** The last queries of the process, in order, with the request that each was for: what was asked while a call ran. */
export class AskedTrail {
  readonly #summaries = new Array<string>(length).fill('');
  readonly #requests = new Array<object | undefined>(length).fill(undefined);
  #count = 0;

  /** Queries so far: a place in the trail. */
  get count(): number {
    return this.#count;
  }

  /** A query begins. What is of no request that is known cannot be told from what others ask. */
  add(summary: string, request: object | undefined): void {
    const at = this.#count % length;
    this.#summaries[at] = summary;
    this.#requests[at] = request;
    this.#count += 1;
  }

  /** Queries of a request since a place; undefined where that is too long ago. */
  since(place: number, request: object): AskedQueries | undefined {
    if (this.#count - place > length) return undefined;
    const bySummary = new Map<string, number>();
    let count = 0;
    for (let i = place; i < this.#count; i += 1) {
      const at = i % length;
      if (this.#requests[at] !== request) continue;
      const summary = this.#summaries[at] ?? '';
      bySummary.set(summary, (bySummary.get(summary) ?? 0) + 1);
      count += 1;
    }
    const named = [...bySummary]
      .filter(([summary]) => summary !== '')
      .sort(([, one], [, other]) => other - one)
      .slice(0, mostNamed)
      .map(([summary, times]) => (times === 1 ? summary : `${summary} × ${times}`));
    return { count, summary: named.join(', ').slice(0, longestSummary) };
  }
}
