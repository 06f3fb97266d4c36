/**
 * Which function of the editor's text is which function of the deployed text. Pure: two lists in, pairs out.
 *
 * Functions are compared level by level: those of the file first, then those within each pair. What has the same name
 * and content is the same. Then a name that is unique on both sides decides, if the bodies are alike: a function that was
 * rewritten has nothing of the old one's numbers. What was renamed or moved is found by its content when that is long
 * enough and unique. Twins (the same name more than once) and nameless functions (`map(#2)`, whose number shifts when
 * another is put before them) are told apart by their content: equal fingerprints pair up, in order, when both sides have
 * as many of them; what is left between such anchors pairs by order when there is equally much of it, and it is alike.
 * Last, by likeness alone: each the other's best, and clearly. What cannot be told is left alone: nothing is better than
 * another function's number. `npm run bench -- drift` counts how often it is right.
 */
import { diffArrays } from 'diff';
import { matchByContent } from './match-by-content.ts';
import { matchByLikeness } from './match-by-likeness.ts';
import { type FunctionMatches, type MappableText, Matching } from './matching.ts';

/** Less likeness than this, and a function of the same name is another one: it was rewritten. */
const leastLikeness = 0.4;

/** By deployed and editor text: the same two are asked for by every environment, and with every new number. */
const known = new WeakMap<MappableText, WeakMap<MappableText, FunctionMatches>>();

export function matchFunctions(deployed: MappableText, editor: MappableText): FunctionMatches {
  const byEditor = known.get(deployed) ?? new WeakMap<MappableText, FunctionMatches>();
  known.set(deployed, byEditor);
  const matches = byEditor.get(editor) ?? match(deployed, editor);
  byEditor.set(editor, matches);
  return matches;
}

interface Level {
  readonly d: readonly number[];
  readonly e: readonly number[];
  /** The names of the functions that these are within. */
  readonly prefix: { readonly deployed: string; readonly editor: string } | undefined;
}

function match(deployed: MappableText, editor: MappableText): FunctionMatches {
  const matching = new Matching(deployed, editor);
  const within = { deployed: childrenOf(deployed), editor: childrenOf(editor) };
  const all = { d: [...deployed.functions.keys()], e: [...editor.functions.keys()] };
  const levels: Level[] = [{ d: within.deployed.top, e: within.editor.top, prefix: undefined }];
  const entered = new Set<number>();
  /** What is within these, once for each. */
  const enter = (ofDeployed: readonly number[]): void => {
    for (const d of ofDeployed) {
      const e = matching.pairs.get(d)?.editor ?? matching.namesakes.get(d);
      if (e === undefined || entered.has(d)) continue;
      entered.add(d);
      const level = { d: within.deployed.of.get(d) ?? [], e: within.editor.of.get(e) ?? [] };
      const prefix = { deployed: deployed.functions[d]?.name ?? '', editor: editor.functions[e]?.name ?? '' };
      if (level.d.length > 0 && level.e.length > 0) levels.push({ ...level, prefix });
    }
  };
  const matched: Level[] = [];
  let isMoved = false;
  for (;;) {
    let level = levels.shift();
    if (level) {
      matchLevel(matching, level);
      matched.push(level);
      enter(level.d);
      isMoved = false;
      continue;
    }
    if (!isMoved) {
      // What was moved into or out of another function, with what is within it: before anything goes by likeness alone.
      isMoved = true;
      enter(matchByContent(matching, all.d, all.e));
      continue;
    }
    level = matched.shift();
    if (!level) return matching;
    matchByLikeness(matching, level.d, level.e);
    enter(level.d);
  }
}

/** The functions directly within each function, and those within none. */
function childrenOf({ functions }: MappableText): {
  readonly top: readonly number[];
  readonly of: ReadonlyMap<number, readonly number[]>;
} {
  const top: number[] = [];
  const of = new Map<number, number[]>();
  const open: number[] = [];
  functions.forEach(({ startIndex }, index) => {
    while (open.length > 0 && (functions[open.at(-1) ?? 0]?.endIndex ?? 0) <= startIndex) open.pop();
    const parent = open.at(-1);
    if (parent === undefined) top.push(index);
    else of.set(parent, [...(of.get(parent) ?? []), index]);
    open.push(index);
  });
  return { top, of };
}

function matchLevel(matching: Matching, { d: ofDeployed, e: ofEditor, prefix }: Level): void {
  const { deployed, editor } = matching;
  const left = group(deployed, ofDeployed, prefix?.deployed);
  const right = group(editor, ofEditor, prefix?.editor);
  const named = [...left].flatMap(([name, d]) => {
    const e = right.get(name);
    return e ? [{ d, e }] : [];
  });
  for (const { d, e } of named) pairEqual(matching, d, e);
  for (const { d, e } of named.filter(isSingle)) {
    const [one, other] = [d[0] ?? -1, e[0] ?? -1];
    // A nameless function alone under its callee may still be another one than it was: its exact name must agree.
    const exact = localName(deployed, one, prefix?.deployed) === localName(editor, other, prefix?.editor);
    if (!exact || !matching.free(one, other)) continue;
    pairIfAlike(matching, one, other);
    if (matching.free(one, other)) matching.namesakes.set(one, other);
  }
  matchByContent(matching, ofDeployed, ofEditor);
  for (const both of named) if (!isSingle(both)) alignTwins(matching, both.d, both.e);
}

const isSingle = ({ d, e }: Pick<Level, 'd' | 'e'>): boolean => d.length === 1 && e.length === 1;

function pairIfAlike(matching: Matching, d: number, e: number): void {
  if (matching.likeness(d, e) >= leastLikeness) matching.pair(d, e, false);
}

/** The name after that of the function around it. */
function localName(text: MappableText, index: number, prefix: string | undefined): string {
  const name = text.functions[index]?.name ?? '';
  return prefix !== undefined && name.startsWith(`${prefix}.`) ? name.slice(prefix.length + 1) : name;
}

/** By local name, without the numbers of nameless functions. */
function group(text: MappableText, members: readonly number[], prefix: string | undefined): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const index of members) {
    const name = localName(text, index, prefix).replace(/\(#\d+\)/g, '(#)');
    const same = groups.get(name);
    if (same) same.push(index);
    else groups.set(name, [index]);
  }
  return groups;
}

/** Functions of the same name and the same content are the same, where both sides have as many of them. */
function pairEqual(matching: Matching, ofDeployed: readonly number[], ofEditor: readonly number[]): void {
  const [only, other] = [ofDeployed[0], ofEditor[0]];
  if (ofDeployed.length === 1 && ofEditor.length === 1 && only !== undefined && other !== undefined) {
    if (matching.free(only, other) && matching.same(only, other)) matching.pair(only, other, true);
    return;
  }
  const deployedPrints = ofDeployed.map((index) => matching.deployed.fingerprint(index));
  const editorPrints = ofEditor.map((index) => matching.editor.fingerprint(index));
  for (const print of new Set(deployedPrints)) {
    const left = occurrences(deployedPrints, print);
    const right = occurrences(editorPrints, print);
    left.forEach((at, nth) => {
      const d = ofDeployed[at];
      const e = ofEditor[right[nth] ?? -1];
      if (left.length === right.length && d !== undefined && e !== undefined) matching.pair(d, e, true);
    });
    // One was deployed and two of the same content are here: either may be it.
    if (left.length !== right.length) for (const at of right) matching.ambiguous.add(ofEditor[at] ?? -1);
  }
}

/** Between what is equal on both sides, as many on one side as on the other are the same ones, changed. */
function alignTwins(matching: Matching, ofDeployed: readonly number[], ofEditor: readonly number[]): void {
  const deployedPrints = ofDeployed.map((index) => matching.deployed.fingerprint(index));
  const editorPrints = ofEditor.map((index) => matching.editor.fingerprint(index));
  const inDeployed = new Set(deployedPrints);
  const inEditor = new Set(editorPrints);
  let removed: number[] = [];
  let added: number[] = [];
  const closeGap = (): void => {
    if (removed.length === added.length) {
      removed.forEach((d, nth) => {
        const e = added[nth];
        if (e !== undefined) pairIfAlike(matching, d, e);
      });
    } else if (removed.length > 0) {
      matchByLikeness(matching, removed, added);
      for (const e of added) if (matching.isFree(e)) matching.ambiguous.add(e);
    }
    removed = [];
    added = [];
  };
  let d = 0;
  let e = 0;
  for (const part of diffArrays(deployedPrints, editorPrints)) {
    for (let n = 0; n < part.count; n += 1) {
      const [from, to] = [ofDeployed[d], ofEditor[e]];
      if (part.removed) {
        if (from !== undefined && !matching.pairs.has(from) && !inEditor.has(deployedPrints[d] ?? ''))
          removed.push(from);
        d += 1;
      } else if (part.added) {
        if (to !== undefined && matching.isFree(to) && !inDeployed.has(editorPrints[e] ?? '')) added.push(to);
        e += 1;
      } else {
        d += 1;
        e += 1;
      }
    }
    if (!part.removed && !part.added) closeGap();
  }
  closeGap();
}

const occurrences = (values: readonly string[], value: string): number[] =>
  values.flatMap((candidate, index) => (candidate === value ? [index] : []));
