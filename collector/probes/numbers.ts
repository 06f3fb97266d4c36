import { type ProbeNumbers, probeLimits } from '@runlens/protocol';

/** The numbers of several instances as one: counts and histograms are added by the value that tells them apart. */
export function addNumbers(ofInstances: readonly (readonly ProbeNumbers[])[]): ProbeNumbers[] {
  const byValue = new Map<string | null, ProbeNumbers>();
  for (const numbers of ofInstances) {
    for (const each of numbers) {
      const known = byValue.get(each.by);
      byValue.set(each.by, known ? add(known, each) : each);
    }
  }
  return [...byValue.values()].sort((one, other) => other.count - one.count).slice(0, probeLimits.groups + 1);
}

function add(one: ProbeNumbers, other: ProbeNumbers): ProbeNumbers {
  const { by } = one;
  const count = one.count + other.count;
  if (!one.duration || !other.duration) return { by, count, duration: one.duration ?? other.duration };
  const counts = new Map<number, number>();
  for (const { indexes, counts: each } of [one.duration, other.duration]) {
    for (const [place, index] of indexes.entries()) counts.set(index, (counts.get(index) ?? 0) + (each[place] ?? 0));
  }
  const sorted = [...counts].sort(([left], [right]) => left - right);
  return {
    by,
    count,
    duration: {
      sum: one.duration.sum + other.duration.sum,
      max: Math.max(one.duration.max, other.duration.max),
      zeroCount: one.duration.zeroCount + other.duration.zeroCount,
      indexes: sorted.map(([index]) => index),
      counts: sorted.map(([, each]) => each),
    },
  };
}
