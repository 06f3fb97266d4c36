/** One of several ways to do the same work. */
export interface Variant<Sample> {
  readonly name: string;
  /** Does the work once and tells what it took. */
  measure(): Promise<Sample>;
}

export interface InterleavedOptions {
  readonly rounds: number;
  /** Rounds before those, whose samples are thrown away. */
  readonly warmUp: number;
  /** No further round begins after so many seconds. At least one is measured. */
  readonly seconds: number;
}

/**
 * Measures the variants in turn, round by round, each round starting with another: what else the machine does then
 * falls on all of them, and none is always the one behind the busy one. Samples by name, in the order of the rounds.
 */
export async function interleaved<Sample>(
  variants: readonly Variant<Sample>[],
  { rounds, warmUp, seconds }: InterleavedOptions,
): Promise<ReadonlyMap<string, readonly Sample[]>> {
  const deadline = performance.now() + seconds * 1_000;
  const samples = new Map<string, Sample[]>(variants.map(({ name }) => [name, []]));
  for (let round = -warmUp; round < rounds; round += 1) {
    if (round > 0 && performance.now() > deadline) break;
    for (let turn = 0; turn < variants.length; turn += 1) {
      const variant = variants[(turn + round + warmUp) % variants.length];
      if (!variant) continue;
      const sample = await variant.measure();
      if (round >= 0) samples.get(variant.name)?.push(sample);
    }
  }
  return samples;
}
