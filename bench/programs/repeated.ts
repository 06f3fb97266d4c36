/** A program that does the same work over and over: once to warm up and then as often as it is told. */
import { phase, tellPhases } from './phases.ts';

/** `work` gives something that is the same each time and however the program is measured, such as a length. */
export function repeated(times: number, warmUp: number, work: () => number): void {
  let sum = 0;
  for (let turn = 0; turn < warmUp; turn += 1) sum += work();
  phase('warmUp');
  for (let turn = 0; turn < times; turn += 1) sum += work();
  phase('work');
  tellPhases(`${times} times, ${sum}`);
}
