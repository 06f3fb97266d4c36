/** What a function does after a change and did not do before, and what kept it safe before and no longer does. */
import type { AddedOperation, FunctionPlace, LostSafeguard, Reach } from '@runlens/agent/review/change';
import type { FunctionMatches } from '../mapping/matching.ts';
import type { Safeguard } from './ecmascript-behaviour.ts';
import { type CallWithin, callsWithin, type FunctionAt, type SideFile, type SourceSide } from './source-side.ts';

/** A file before and after, with its functions paired. */
export interface FilePair {
  readonly before: SideFile | undefined;
  readonly after: SideFile | undefined;
  readonly matches: FunctionMatches;
  /** From the text after to the text before. */
  readonly back: ReadonlyMap<number, number>;
}

export interface Sides {
  readonly base: SourceSide;
  readonly head: SourceSide;
  readonly byBefore: ReadonlyMap<string, FilePair>;
  readonly byAfter: ReadonlyMap<string, FilePair>;
}

/** New functions that call new functions are followed so far. */
const deepestInline = 5;
const mostOperations = 500;

interface Flat {
  /** By which operations before and after are the same. */
  readonly key: string;
  readonly text: string;
  readonly line: number;
  readonly inLoop: boolean;
  readonly conditional: boolean;
  readonly branches: readonly string[];
  readonly direct: CallWithin['call']['direct'];
  readonly target: FunctionAt | undefined;
  readonly calls: FunctionPlace | undefined;
}

interface Flattened {
  readonly operations: Flat[];
  readonly safeguards: Safeguard[];
  readonly calledNames: Set<string>;
  readonly names: Set<string>;
  readonly tested: Set<string>;
}

type Side = 'base' | 'head';

export function placeOf({ file, index }: FunctionAt): FunctionPlace {
  const found = file.parsed.functions[index];
  return { file: file.path, function: found?.name ?? '', line: found?.line ?? 0 };
}

/** Whether the function is on this side of the change only. */
function isAlone(sides: Sides, side: Side, { file, index }: FunctionAt): boolean {
  const pair = (side === 'base' ? sides.byBefore : sides.byAfter).get(file.path);
  if (!pair) return false;
  if (side === 'base') return !pair.matches.pairs.has(index);
  return !pair.back.has(index) && !pair.matches.ambiguous.has(index);
}

/** The place of a function before the change; undefined: it was not there. */
function placeBefore(sides: Sides, side: Side, at: FunctionAt): FunctionPlace | undefined {
  const pair = side === 'head' ? sides.byAfter.get(at.file.path) : undefined;
  if (!pair) return placeOf(at);
  const index = pair.back.get(at.index);
  return index === undefined || !pair.before ? undefined : placeOf({ file: pair.before, index });
}

async function flatten(sides: Sides, side: Side, start: FunctionAt): Promise<Flattened> {
  const flat: Flattened = {
    operations: [],
    safeguards: [],
    calledNames: new Set(),
    names: new Set(),
    tested: new Set(),
  };
  const source = sides[side];
  const open = new Set<string>();
  const walk = async (
    at: FunctionAt,
    outer: Pick<Flat, 'inLoop' | 'conditional' | 'branches'> & { line?: number },
    depth: number,
  ) => {
    const key = `${at.index}:${at.file.path}`;
    if (open.has(key) || depth > deepestInline) return;
    open.add(key);
    const apart = (index: number): boolean => !isAlone(sides, side, { file: at.file, index });
    for (const index of withinAlone(at, apart)) {
      const own = at.file.behaviour?.functions[index];
      flat.safeguards.push(...(own?.safeguards ?? []));
      for (const name of own?.names ?? []) flat.names.add(name);
      for (const name of own?.tested ?? []) flat.tested.add(name);
    }
    for (const each of callsWithin(at, apart)) {
      if (flat.operations.length >= mostOperations) break;
      const { call, from } = each;
      const method = call.chain.filter((part) => part !== '()' && part !== '[]').at(-1) ?? '';
      flat.calledNames.add(method);
      const place = {
        line: outer.line ?? call.line,
        inLoop: each.inLoop || outer.inLoop,
        conditional: each.conditional || outer.conditional,
        branches: [...outer.branches, ...each.branches],
      };
      if (call.direct) {
        const { kind, summary } = call.direct;
        const text = `${nameOf(call.chain)}${summary === undefined ? '' : ` (${summary})`}`;
        const of = { ...place, text, direct: call.direct, target: undefined, calls: undefined };
        flat.operations.push({ ...of, key: `${kind}:${method}:${summary ?? ''}` });
        continue;
      }
      const target = await source.target(from, call);
      if (!target) continue;
      if (isAlone(sides, side, target)) {
        await walk(target, place, depth + 1);
        continue;
      }
      const calls = placeBefore(sides, side, target);
      const identity = calls ?? placeOf(target);
      const of = { ...place, text: nameOf(call.chain), direct: undefined, target, calls };
      flat.operations.push({ ...of, key: `call:${identity.file}#${identity.function}` });
    }
    open.delete(key);
  };
  await walk(start, { inLoop: false, conditional: false, branches: [] }, 0);
  return flat;
}

/** The function itself and those within it that are counted with it. */
function withinAlone(at: FunctionAt, apart: (index: number) => boolean): number[] {
  const inner = [...(at.file.behaviour?.nested ?? [])].flatMap(([index, { parent, use }]) =>
    parent === at.index && use !== 'apart' && !apart(index) ? withinAlone({ file: at.file, index }, apart) : [],
  );
  return [at.index, ...inner];
}

const longestName = 60;

/** Names only: `stock.availableOf` for `this.#stock.availableOf`. */
function nameOf(chain: readonly string[]): string {
  const names = chain
    .filter((part) => !['()', '[]', 'this', 'new'].includes(part))
    .map((part) => part.replace(/^#/, ''));
  const text = names.slice(-3).join('.');
  return text.length > longestName ? `${text.slice(0, longestName - 1)}…` : text;
}

export interface Comparison {
  readonly added: readonly AddedOperation[];
  readonly lost: readonly LostSafeguard[];
}

/** `before` undefined: the function is new, and all that it does is added. */
export async function compareBehaviour(
  sides: Sides,
  before: FunctionAt | undefined,
  after: FunctionAt,
): Promise<Comparison> {
  if (!after.file.behaviour || (before && !before.file.behaviour)) return { added: [], lost: [] };
  const now = await flatten(sides, 'head', after);
  const then = before ? await flatten(sides, 'base', before) : undefined;
  return {
    added: await addedTo(sides, then, now),
    lost: before && then ? lostFrom(sides, then, now, before, after) : [],
  };
}

async function addedTo(sides: Sides, then: Flattened | undefined, now: Flattened): Promise<AddedOperation[]> {
  const gone = [...(then?.operations ?? [])];
  const take = (fits: (each: Flat) => boolean): Flat | undefined => {
    const at = gone.findIndex(fits);
    return at === -1 ? undefined : gone.splice(at, 1)[0];
  };
  const fresh = now.operations.filter((each) => !take(({ key, inLoop }) => key === each.key && inLoop === each.inLoop));
  const stays = now.operations.filter((each) => !fresh.includes(each));
  const added: (AddedOperation & { readonly flat: Flat })[] = [];
  for (const each of fresh) {
    const elsewhere = take(({ key }) => key === each.key);
    // Out of a loop is what one wants.
    if (elsewhere && !each.inLoop) continue;
    const reaches = await reachOf(sides.head, each);
    if (reaches.length === 0 && each.calls === undefined) continue;
    const { text, line, inLoop, conditional, calls } = each;
    const of = { flat: each, text, line, inLoop, conditional, reaches, ...(calls ? { calls } : {}) };
    added.push({ ...of, movedIntoLoop: elsewhere !== undefined });
  }
  const instead: { readonly flat: Flat; readonly reaches: readonly Reach[] }[] = [];
  for (const each of stays) {
    if (each.branches.length > 0) instead.push({ flat: each, reaches: await reachOf(sides.head, each) });
  }
  // One way of asking took the place of another of the same kind: that is no more work than before.
  const replaced: { readonly inLoop: boolean; readonly reaches: readonly Reach[] }[] = [];
  for (const each of gone) replaced.push({ inLoop: each.inLoop, reaches: await reachOf(sides.base, each) });
  return added
    .filter((each) => {
      if (each.movedIntoLoop || each.reaches.length === 0) return true;
      const at = replaced.findIndex(
        (old) => (old.inLoop || !each.inLoop) && each.reaches.every((reach) => covers(old.reaches, reach)),
      );
      if (at !== -1) {
        replaced.splice(at, 1);
        // What it stands for now is there for others to be the alternative of.
        instead.push({ flat: each.flat, reaches: each.reaches });
        return false;
      }
      // The other side of a condition asks as much already: one call does the one or the other.
      const other = instead.findIndex(
        ({ flat, reaches }) =>
          excludes(flat, each.flat) &&
          (flat.inLoop || !each.inLoop) &&
          each.reaches.every((reach) => covers(reaches, reach)),
      );
      if (other === -1) {
        instead.push({ flat: each.flat, reaches: each.reaches });
        return true;
      }
      instead.splice(other, 1);
      return false;
    })
    .map(({ flat: _, ...each }) => each);
}

const covers = (reaches: readonly Reach[], { kind, operations, inLoop }: Reach): boolean =>
  reaches.some((of) => of.kind === kind && (of.operations >= operations || of.inLoop) && (of.inLoop || !inLoop));

/** They stand on the two sides of one condition. */
function excludes(one: Flat, other: Flat): boolean {
  const opposite = new Set(one.branches.map((branch) => `${branch.slice(0, -1)}${branch.endsWith('+') ? '-' : '+'}`));
  return other.branches.some((branch) => opposite.has(branch));
}

async function reachOf(side: SourceSide, { direct, target, conditional }: Flat): Promise<readonly Reach[]> {
  if (direct) return [{ kind: direct.kind, operations: 1, conditional: conditional ? 1 : 0, inLoop: false }];
  return target ? await side.reach(target) : [];
}

/** A function of which less of the calls stays was rewritten: what it lost then is not what kept it. */
const leastKept = 0.5;

function lostFrom(
  sides: Sides,
  then: Flattened,
  now: Flattened,
  before: FunctionAt,
  after: FunctionAt,
): LostSafeguard[] {
  if (then.safeguards.length === 0) return [];
  const kept = [...then.calledNames].filter((name) => now.calledNames.has(name));
  if (kept.length < then.calledNames.size * leastKept) return [];
  const ofFile = (file: SideFile): readonly Safeguard[] =>
    file.behaviour?.functions.flatMap(({ safeguards }) => safeguards) ?? [];
  const filesNow = [...sides.byAfter.values()].flatMap(({ after: file }) => (file ? ofFile(file) : []));
  const filesThen = [...sides.byBefore.values()].flatMap(({ before: file }) => (file ? ofFile(file) : []));
  const count = (of: readonly Safeguard[], kind: Safeguard['kind']): number =>
    of.filter((each) => each.kind === kind).length;
  const lost: LostSafeguard[] = [];
  for (const safeguard of then.safeguards) {
    const { kind, key, keeps, line } = safeguard;
    // As many as before, here, in the file or in the change: it has another form, or another place.
    const isFewer = [
      [now.safeguards, then.safeguards],
      [ofFile(after.file), ofFile(before.file)],
      [filesNow, filesThen],
    ].every(([ofNow, ofThen]) => count(ofNow ?? [], kind) < count(ofThen ?? [], kind));
    if (!isFewer) continue;
    if (ofFile(after.file).some((each) => each.kind === kind && each.key === key && kind === 'guard')) continue;
    if (sameLeft(now, then, safeguard)) continue;
    if (kind === 'guard') {
      const allThere = keeps.length > 0 && keeps.every((name) => now.names.has(name));
      if (!allThere || keeps.every((name) => now.tested.has(name))) continue;
      lost.push({ kind, line, text: keeps.slice(0, 3).join(', ') });
      continue;
    }
    const stays = keeps.filter((name) => (name === '*' ? kept.length > 0 : now.calledNames.has(name)));
    // Of a block of which some is gone it is not known whether the handling was for that.
    if (stays.length === 0 || (kind === 'error handling' && stays.length < keeps.length)) continue;
    lost.push({
      kind,
      line,
      text:
        stays
          .filter((name) => name !== '*')
          .slice(0, 3)
          .join(', ') || key,
    });
  }
  return lost.filter((each, at) => lost.findIndex(({ kind, text }) => kind === each.kind && text === each.text) === at);
}

/** One of several with this text is gone, or it still keeps the same. */
function sameLeft(now: Flattened, then: Flattened, { kind, key, keeps }: Safeguard): boolean {
  const same = (each: Safeguard): boolean =>
    each.kind === kind && each.key === key && (kind === 'guard' || each.keeps.some((name) => keeps.includes(name)));
  return now.safeguards.filter(same).length >= then.safeguards.filter(same).length;
}
