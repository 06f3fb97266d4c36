/** Functions that were renamed and changed, and nameless ones that were: each the other's best. */
import { equalOnEachSide } from './match-by-content.ts';
import { isNameless, type Matching } from './matching.ts';

/**
 * By likeness alone, among the functions of the same function: so much for those without a name and for those whose last
 * name is the same (`Cart.add` was `add`), and for renamed ones.
 */
const leastOfSameName = { likeness: 0.6, words: 6 };
const leastOfRenamed = { likeness: 0.75, words: 20 };
/** So much less alike must every other one be. */
const clearly = 0.1;
/** Not looked for by likeness where more pairs than this would have to be compared. */
const mostComparisons = 2_500;

/**
 * Pairs what is left among the functions of one function: nameless ones of the same content, in order, where both sides
 * have as many of them, and then those that are each other's best, and clearly.
 */
export function matchByLikeness(matching: Matching, ofDeployed: readonly number[], ofEditor: readonly number[]): void {
  const { deployed, editor } = matching;
  const isLeft = (d: number): boolean => !matching.pairs.has(d);
  const isRight = (e: number): boolean => matching.isFree(e);
  for (const nameless of [true, false]) {
    const left = ofDeployed.filter((d) => isNameless(deployed.functions[d]?.name) === nameless);
    const right = ofEditor.filter((e) => isNameless(editor.functions[e]?.name) === nameless);
    if (!left.some(isLeft) || !right.some(isRight)) continue;
    if (nameless) {
      for (const { d, e } of equalOnEachSide(matching, left, right)) {
        for (const [nth, one] of d.entries()) {
          const other = e[nth];
          if (d.length === e.length && other !== undefined && matching.free(one, other))
            matching.pair(one, other, true);
        }
      }
    }
    pairBest(matching, left.filter(isLeft), right.filter(isRight));
  }
}

function pairBest(matching: Matching, left: readonly number[], right: readonly number[]): void {
  if (left.length * right.length > mostComparisons) return;
  const bests = { d: new Map<number, Best>(), e: new Map<number, Best>() };
  for (const d of left) {
    for (const e of right) {
      const likeness = matching.likeness(d, e);
      note(bests.d, d, e, likeness);
      note(bests.e, e, d, likeness);
    }
  }
  for (const [d, { other: e, likeness, second }] of bests.d) {
    const back = bests.e.get(e);
    const words = Math.min(matching.wordsOf('deployed', d).all, matching.wordsOf('editor', e).all);
    const isBest = back?.other === d && likeness - Math.max(second, back.second) >= clearly;
    const least =
      isNameless(matching.lastName('deployed', d)) || matching.sameLastName(d, e) ? leastOfSameName : leastOfRenamed;
    if (isBest && likeness >= least.likeness && words >= least.words) matching.pair(d, e);
  }
}

interface Best {
  other: number;
  likeness: number;
  /** Of the next best. */
  second: number;
}

function note(bests: Map<number, Best>, of: number, other: number, likeness: number): void {
  const best = bests.get(of);
  if (!best) bests.set(of, { other, likeness, second: 0 });
  else if (likeness > best.likeness) Object.assign(best, { other, likeness, second: best.likeness });
  else if (likeness > best.second) best.second = likeness;
}
