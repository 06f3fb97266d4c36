/**
 * Which function of the editor's text is which function of the deployed text. Pure: two lists in, pairs out.
 *
 * Functions are compared level by level: those of the file first, then those within each pair. The name decides where it
 * is unique on both sides. Twins (the same name more than once) and nameless functions (`map(#2)`, whose number shifts
 * when another is put before them) are told apart by their content: equal fingerprints pair up, in order, when both sides
 * have as many of them; what is left between such anchors pairs by order when there is equally much of it. A function that
 * was renamed or moved is found by its content when that is long enough and unique. What cannot be told is left alone:
 * nothing is better than another function's number.
 */
import { diffArrays } from 'diff';

export interface MappableText {
  /** In source order. */
  readonly functions: readonly {
    readonly name: string;
    readonly line: number;
    readonly startIndex: number;
    readonly endIndex: number;
    /** Its name may be wrong (a syntax error is around it): only its content tells which function it is. */
    readonly uncertain?: boolean;
  }[];
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

/** By deployed and editor text: the same two are asked for by every environment, and with every new number. */
const known = new WeakMap<MappableText, WeakMap<MappableText, FunctionMatches>>();

export function matchFunctions(deployed: MappableText, editor: MappableText): FunctionMatches {
  const byEditor = known.get(deployed) ?? new WeakMap<MappableText, FunctionMatches>();
  known.set(deployed, byEditor);
  const matches = byEditor.get(editor) ?? match(deployed, editor);
  byEditor.set(editor, matches);
  return matches;
}

/** The pairs found so far, and what is asked to find more. */
class Matching {
  readonly deployed: MappableText;
  readonly editor: MappableText;
  readonly pairs = new Map<number, Pair>();
  readonly paired = new Set<number>();
  readonly ambiguous = new Set<number>();

  constructor(deployed: MappableText, editor: MappableText) {
    this.deployed = deployed;
    this.editor = editor;
  }

  same(d: number, e: number): boolean {
    return (
      this.deployed.textOf(d) === this.editor.textOf(e) || this.deployed.fingerprint(d) === this.editor.fingerprint(e)
    );
  }

  pair(d: number, e: number, unchanged = this.same(d, e)): void {
    if (!unchanged && this.editor.functions[e]?.uncertain) return;
    this.pairs.set(d, { editor: e, unchanged });
    this.paired.add(e);
    this.ambiguous.delete(e);
  }
}

function match(deployed: MappableText, editor: MappableText): FunctionMatches {
  const matching = new Matching(deployed, editor);
  const within = { deployed: childrenOf(deployed), editor: childrenOf(editor) };
  // Each level queues the pairs that it found; every function is in one level only.
  const levels = [
    { parents: undefined as readonly [number, number] | undefined, d: within.deployed.top, e: within.editor.top },
  ];
  for (let level = levels.shift(); level; level = levels.shift()) {
    const prefix = level.parents && {
      deployed: deployed.functions[level.parents[0]]?.name ?? '',
      editor: editor.functions[level.parents[1]]?.name ?? '',
    };
    matchLevel(matching, level.d, level.e, prefix);
    for (const d of level.d) {
      const pair = matching.pairs.get(d);
      if (!pair) continue;
      levels.push({
        parents: [d, pair.editor],
        d: within.deployed.of.get(d) ?? [],
        e: within.editor.of.get(pair.editor) ?? [],
      });
    }
  }
  // What was moved into or out of another function.
  matchByContent(
    matching,
    deployed.functions.map((_, d) => d),
    editor.functions.map((_, e) => e),
  );
  return matching;
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

function matchLevel(
  matching: Matching,
  ofDeployed: readonly number[],
  ofEditor: readonly number[],
  prefix: { readonly deployed: string; readonly editor: string } | undefined,
): void {
  if (ofDeployed.length === 0 || ofEditor.length === 0) return;
  const { deployed, editor } = matching;
  const left = group(deployed, ofDeployed, prefix?.deployed);
  const right = group(editor, ofEditor, prefix?.editor);
  for (const [name, members] of left) {
    const others = right.get(name);
    if (!others) continue;
    const [d, e] = [members[0], others[0]];
    if (members.length === 1 && others.length === 1 && d !== undefined && e !== undefined) {
      // A nameless function alone under its callee may still be another one than it was: its content or its exact
      // name must agree.
      const exact = localName(deployed, d, prefix?.deployed) === localName(editor, e, prefix?.editor);
      if (exact || matching.same(d, e)) matching.pair(d, e);
    } else alignTwins(matching, members, others);
  }
  matchByContent(
    matching,
    [...left].flatMap(([name, members]) => (right.has(name) ? [] : members)),
    [...right].flatMap(([name, members]) => (left.has(name) ? [] : members)),
  );
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

function alignTwins(matching: Matching, ofDeployed: readonly number[], ofEditor: readonly number[]): void {
  const deployedPrints = ofDeployed.map((index) => matching.deployed.fingerprint(index));
  const editorPrints = ofEditor.map((index) => matching.editor.fingerprint(index));
  const inDeployed = new Set(deployedPrints);
  const inEditor = new Set(editorPrints);
  for (const print of inDeployed) {
    if (!inEditor.has(print)) continue;
    const left = occurrences(deployedPrints, print);
    const right = occurrences(editorPrints, print);
    if (left.length !== right.length) {
      // One was deployed and two of the same content are here: either may be it.
      for (const at of right) matching.ambiguous.add(ofEditor[at] ?? -1);
      continue;
    }
    left.forEach((at, nth) => {
      const d = ofDeployed[at];
      const e = ofEditor[right[nth] ?? -1];
      if (d !== undefined && e !== undefined) matching.pair(d, e, true);
    });
  }
  // Between what is equal on both sides, as many on one side as on the other are the same ones, changed.
  let removed: number[] = [];
  let added: number[] = [];
  const closeGap = (): void => {
    if (removed.length === added.length) {
      removed.forEach((d, nth) => {
        const e = added[nth];
        if (e !== undefined) matching.pair(d, e, false);
      });
    } else if (removed.length > 0) for (const e of added) matching.ambiguous.add(e);
    removed = [];
    added = [];
  };
  let d = 0;
  let e = 0;
  for (const part of diffArrays(deployedPrints, editorPrints)) {
    for (let n = 0; n < part.count; n += 1) {
      const [from, to] = [ofDeployed[d], ofEditor[e]];
      if (part.removed) {
        if (from !== undefined && !inEditor.has(deployedPrints[d] ?? '')) removed.push(from);
        d += 1;
      } else if (part.added) {
        if (to !== undefined && !inDeployed.has(editorPrints[e] ?? '')) added.push(to);
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

/** Pairs what has no pair yet by content that is long enough, and found once on each side. */
function matchByContent(matching: Matching, ofDeployed: readonly number[], ofEditor: readonly number[]): void {
  const { deployed, editor, pairs, paired, ambiguous } = matching;
  const left = ofDeployed.filter((d) => !pairs.has(d));
  const right = ofEditor.filter((e) => !paired.has(e) && !ambiguous.has(e));
  if (left.length === 0 || right.length === 0) return;
  const prints = new Map<string, { readonly d: number[]; readonly e: number[] }>();
  const at = (print: string) => {
    const entry = prints.get(print) ?? { d: [], e: [] };
    prints.set(print, entry);
    return entry;
  };
  for (const d of left) at(deployed.fingerprint(d)).d.push(d);
  for (const e of right) at(editor.fingerprint(e)).e.push(e);
  for (const [print, both] of prints) {
    const [d, e] = [both.d[0], both.e[0]];
    if (print.length < shortestTellingContent || both.d.length !== 1 || both.e.length !== 1) continue;
    if (d !== undefined && e !== undefined) matching.pair(d, e, true);
  }
}
