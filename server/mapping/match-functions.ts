/**
 * Which function of the editor's text is which function of the deployed text. Pure: two lists in, pairs out.
 *
 * The qualified name decides where it is unique on both sides. Twins (the same name more than once) and nameless
 * functions (`map(#2)`, whose number shifts when another is put before them) are told apart by their content: equal
 * fingerprints pair up, in order, when both sides have as many of them; what is left between such anchors pairs by order
 * when there is equally much of it. A renamed function is found by its content when that is long enough and unique.
 * What cannot be told is left alone: nothing is better than another function's number.
 */
import { diffArrays } from 'diff';

export interface MappableText {
  readonly functions: readonly { readonly name: string; readonly line: number }[];
  textOf(index: number): string;
  fingerprint(index: number): string;
}

export interface Pair {
  readonly editor: number;
  /** The function's tokens are the same, whatever its spaces, comments and name. */
  readonly unchanged: boolean;
}

export interface FunctionMatches {
  /** By index in the deployed text. */
  readonly pairs: ReadonlyMap<number, Pair>;
  /** Indexes in the editor's text of functions that may be one of several deployed ones, or share one. */
  readonly ambiguous: ReadonlySet<number>;
}

/** A shorter content than this (fingerprint length) is found in too many functions to tell which one it is. */
const shortestTellingContent = 60;

/** The name without the numbers of nameless functions. */
const stableName = (name: string): string => name.replace(/\(#\d+\)/g, '(#)');

/** By deployed and editor text: the same two are asked for by every environment, and with every new number. */
const known = new WeakMap<MappableText, WeakMap<MappableText, FunctionMatches>>();

export function matchFunctions(deployed: MappableText, editor: MappableText): FunctionMatches {
  const byEditor = known.get(deployed) ?? new WeakMap<MappableText, FunctionMatches>();
  known.set(deployed, byEditor);
  const matches = byEditor.get(editor) ?? match(deployed, editor);
  byEditor.set(editor, matches);
  return matches;
}

function match(deployed: MappableText, editor: MappableText): FunctionMatches {
  const pairs = new Map<number, Pair>();
  const paired = new Set<number>();
  const ambiguous = new Set<number>();
  const same = (d: number, e: number): boolean =>
    deployed.textOf(d) === editor.textOf(e) || deployed.fingerprint(d) === editor.fingerprint(e);
  const pair = (d: number, e: number, unchanged = same(d, e)): void => {
    pairs.set(d, { editor: e, unchanged });
    paired.add(e);
    ambiguous.delete(e);
  };

  const groupsOfDeployed = group(deployed);
  const groupsOfEditor = group(editor);
  for (const [name, ofDeployed] of groupsOfDeployed) {
    const ofEditor = groupsOfEditor.get(name);
    if (!ofEditor) continue;
    const [d, e] = [ofDeployed[0], ofEditor[0]];
    if (ofDeployed.length === 1 && ofEditor.length === 1 && d !== undefined && e !== undefined) {
      // A nameless function alone under its callee may still be another one than it was: its content or its exact
      // name must agree.
      if (!name.includes('(#)') || deployed.functions[d]?.name === editor.functions[e]?.name || same(d, e)) pair(d, e);
    } else alignTwins(ofDeployed, ofEditor, deployed, editor, pair, (index) => ambiguous.add(index));
  }

  matchRenamed(deployed, editor, pairs, paired, pair);
  return { pairs, ambiguous };
}

function group(text: MappableText): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  text.functions.forEach(({ name }, index) => {
    const key = name.includes('(#') ? stableName(name) : name;
    const members = groups.get(key);
    if (members) members.push(index);
    else groups.set(key, [index]);
  });
  return groups;
}

function alignTwins(
  ofDeployed: readonly number[],
  ofEditor: readonly number[],
  deployed: MappableText,
  editor: MappableText,
  pair: (d: number, e: number, unchanged?: boolean) => void,
  setAmbiguous: (editor: number) => void,
): void {
  const deployedPrints = ofDeployed.map((index) => deployed.fingerprint(index));
  const editorPrints = ofEditor.map((index) => editor.fingerprint(index));
  const unclear = new Set<string>();
  for (const print of new Set([...deployedPrints, ...editorPrints])) {
    const left = occurrences(deployedPrints, print);
    const right = occurrences(editorPrints, print);
    if (left.length === 0 || right.length === 0) continue;
    if (left.length !== right.length) {
      // One was deployed and two of the same content are here: either may be it.
      unclear.add(print);
      for (const at of right) setAmbiguous(ofEditor[at] ?? -1);
      continue;
    }
    left.forEach((at, nth) => {
      const d = ofDeployed[at];
      const e = ofEditor[right[nth] ?? -1];
      if (d !== undefined && e !== undefined) pair(d, e, true);
    });
  }
  // Between what is equal on both sides, as many on one side as on the other are the same ones, changed.
  let d = 0;
  let e = 0;
  let removed: number[] = [];
  let added: number[] = [];
  const gap = (): void => {
    const clear =
      removed.length === added.length &&
      removed.every((at) => !editorPrints.includes(deployedPrints[at] ?? '')) &&
      added.every((at) => !deployedPrints.includes(editorPrints[at] ?? ''));
    removed.forEach((at, nth) => {
      const from = ofDeployed[at];
      const to = ofEditor[added[nth] ?? -1];
      if (clear && from !== undefined && to !== undefined) pair(from, to, false);
    });
    if (!clear && removed.length > 0) {
      for (const at of added) {
        if (!deployedPrints.includes(editorPrints[at] ?? '') || unclear.has(editorPrints[at] ?? '')) {
          setAmbiguous(ofEditor[at] ?? -1);
        }
      }
    }
    removed = [];
    added = [];
  };
  for (const part of diffArrays(deployedPrints, editorPrints)) {
    for (let n = 0; n < part.count; n += 1) {
      if (part.removed) removed.push(d++);
      else if (part.added) added.push(e++);
      else {
        d += 1;
        e += 1;
      }
    }
    if (!part.removed && !part.added) gap();
  }
  gap();
}

const occurrences = (values: readonly string[], value: string): number[] =>
  values.flatMap((candidate, index) => (candidate === value ? [index] : []));

/** Pairs what is left by content, and what lies within a renamed function or class by its new prefix. */
function matchRenamed(
  deployed: MappableText,
  editor: MappableText,
  pairs: ReadonlyMap<number, Pair>,
  paired: ReadonlySet<number>,
  pair: (d: number, e: number, unchanged?: boolean) => void,
): void {
  const left = deployed.functions.flatMap((_, index) => (pairs.has(index) ? [] : [index]));
  const right = editor.functions.flatMap((_, index) => (paired.has(index) ? [] : [index]));
  if (left.length === 0 || right.length === 0) return;
  // A name that is still there on the other side was dealt with above, and found not to be clear.
  const deployedNames = new Set(deployed.functions.map(({ name }) => stableName(name)));
  const editorNames = new Set(editor.functions.map(({ name }) => stableName(name)));
  const gone = left.filter((index) => !editorNames.has(stableName(deployed.functions[index]?.name ?? '')));
  const fresh = right.filter((index) => !deployedNames.has(stableName(editor.functions[index]?.name ?? '')));
  if (gone.length === 0 || fresh.length === 0) return;

  const prints = new Map<string, { readonly gone: number[]; readonly fresh: number[] }>();
  const at = (print: string) => {
    const entry = prints.get(print) ?? { gone: [], fresh: [] };
    prints.set(print, entry);
    return entry;
  };
  for (const index of gone) at(deployed.fingerprint(index)).gone.push(index);
  for (const index of fresh) at(editor.fingerprint(index)).fresh.push(index);
  const renamed = new Map<string, string>();
  for (const [print, both] of prints) {
    const [d, e] = [both.gone[0], both.fresh[0]];
    if (both.gone.length !== 1 || both.fresh.length !== 1 || d === undefined || e === undefined) continue;
    if (print.length < shortestTellingContent) continue;
    pair(d, e, true);
    const [from, to] = [deployed.functions[d]?.name, editor.functions[e]?.name];
    if (from !== undefined && to !== undefined) renamed.set(from, to);
  }
  // The small functions within a renamed one: `old.map(#1)` is `new.map(#1)` when the content agrees.
  const freshByName = new Map<string, number[]>();
  for (const index of fresh) {
    const name = editor.functions[index]?.name ?? '';
    freshByName.set(name, [...(freshByName.get(name) ?? []), index]);
  }
  for (const d of gone) {
    if (pairs.has(d)) continue;
    const name = deployed.functions[d]?.name ?? '';
    for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
      const to = renamed.get(name.slice(0, dot));
      if (to === undefined) continue;
      const candidates = freshByName.get(to + name.slice(dot)) ?? [];
      const e = candidates[0];
      if (
        candidates.length === 1 &&
        e !== undefined &&
        !paired.has(e) &&
        deployed.fingerprint(d) === editor.fingerprint(e)
      ) {
        pair(d, e, true);
      }
      break;
    }
  }
}
