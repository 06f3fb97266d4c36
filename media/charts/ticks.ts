/** Where a logarithmic axis has its marks. */

/** 1, 2 and 5 times the powers of ten within a range of positive numbers; powers of ten alone where those are many. */
export function logarithmicTicks(least: number, most: number, wanted = 6): number[] {
  const first = Math.floor(Math.log10(least));
  const last = Math.ceil(Math.log10(most));
  const within = (factors: readonly number[], every = 1): number[] => {
    const ticks: number[] = [];
    for (let power = Math.ceil(first / every) * every; power <= last; power += every) {
      for (const factor of factors) {
        // 10 ** -6 has digits of error that a label would show.
        const tick = Number(`${factor}e${power}`);
        if (tick >= least && tick <= most) ticks.push(tick);
      }
    }
    return ticks;
  };
  for (const ticks of [within([1, 2, 5]), within([1, 3]), within([1])]) if (ticks.length <= wanted) return ticks;
  return within([1], Math.ceil((last - first) / wanted));
}
