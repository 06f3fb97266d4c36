/** What a comparison of versions says of functions, and of those that a person changed. Pure. */
import type { CompareResponse, FunctionChange } from '@runlens/protocol/api/compare';
import { changeWords } from '@runlens/protocol/change-words';
import type { DeployedChange, DeployedChangeKind, OwnFunction } from '@runlens/protocol/lsp-deploys';
import type { ChangedByUser } from './own-functions.ts';

export type Unlocated<Type> = Omit<Type, 'location'> & { readonly line: number };

const worse: ReadonlySet<string> = new Set(['slower', 'slowerTail', 'moreErrors', 'notCalled']);
const better: ReadonlySet<string> = new Set(['faster', 'fasterTail', 'fewerErrors']);

function kindOf({ changes }: FunctionChange): DeployedChangeKind {
  if (changes.some(({ kind }) => worse.has(kind))) return 'worse';
  return changes.some(({ kind }) => better.has(kind)) ? 'better' : 'other';
}

const textOf = (change: FunctionChange): string => change.changes.map((each) => changeWords(change, each)).join('; ');

/** What is worse first. */
export function changesOf({
  functions,
  newErrors,
  newQueries,
  removed,
}: CompareResponse): readonly Unlocated<DeployedChange>[] {
  const order: readonly DeployedChangeKind[] = ['newError', 'worse', 'better', 'newQuery', 'other', 'gone'];
  const all: readonly Unlocated<DeployedChange>[] = [
    ...functions.map((each) => ({ ...placeOf(each), kind: kindOf(each), text: textOf(each) })),
    ...newErrors.map((each) => ({
      ...placeOf(each),
      kind: 'newError' as const,
      text: `new error: ${each.exception.type}${each.exception.message === undefined ? '' : `: ${each.exception.message}`}`,
    })),
    ...newQueries.map((each) => ({
      ...placeOf(each),
      kind: 'newQuery' as const,
      text: `new query: ${each.statement}`,
    })),
    ...removed.map((each) => ({ ...placeOf(each), kind: 'gone' as const, text: 'gone: was called before' })),
  ];
  return all.toSorted((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind));
}

const placeOf = ({ file, function: name, line }: { file: string; function: string; line: number }) => ({
  ...{ file, function: name, line },
});

/** A function that is not told as changed makes no difference that is more than chance. */
export function outcomesOf(
  own: readonly ChangedByUser[],
  changes: readonly Unlocated<DeployedChange>[],
): readonly Unlocated<OwnFunction>[] {
  return own.map((each) => {
    const told = changes.filter(({ file, function: name }) => file === each.file && name === each.function);
    const text = told.map((change) => change.text).join('; ');
    const isWorse = told.some(({ kind }) => kind === 'worse' || kind === 'newError');
    if (isWorse) return { ...each, outcome: 'worse', text };
    if (told.some(({ kind }) => kind === 'better')) return { ...each, outcome: 'helped', text };
    return { ...each, outcome: 'noDifference', text: text === '' ? 'no difference by more than chance' : text };
  });
}
