import type { UnmeasuredFunction } from '../export/metrics.ts';
import type { LoadedFile } from '../load/loaded-file.ts';
import type { PlannedFunction } from '../transform/transform.ts';
import { blobId } from './blob.ts';
import { type Evidence, type Fit, gatherEvidence, nameKey } from './evidence.ts';
import type { FileIdentities, IdentityOptions, SlotIdentity } from './identity.ts';
import type { FoundSourceMap } from './source-map.ts';
import type { SourceFunction, SourceText } from './source-text.ts';
import { SourceTracer } from './source-tracer.ts';

export type MappedIdentities =
  | { readonly kind: 'identified'; readonly identities: FileIdentities }
  /** The map is of another text, or its sources have changed since. */
  | { readonly kind: 'unfit'; readonly problem: string };

/** A map with more than this share of wrong places is not of this text. */
const mostWrong = 0.2;
/** Without a head, so much of a function's statements must come from one source function. */
const leastBodyShare = 0.8;
/** Longer lines on average than anybody writes: the text is minified, and its names mean nothing. */
const minifiedLineLength = 200;
/** What compilers wrap around a lowered function. */
const compilerHelper =
  /(?:^|\.)(?:__awaiter|__generator|__async|__asyncGenerator|_asyncToGenerator|_wrapAsyncGenerator|__esm|__commonJS)\(#/;

/**
 * The identities of the functions of a built text, in the sources as written. One source function may have become
 * several built ones, one inside the other (an `async` function lowered to a generator in a promise): the outermost
 * counts. What cannot be told for sure is left unmeasured. Throws when the map cannot be decoded.
 */
export function identifyThroughMap(file: LoadedFile, map: FoundSourceMap, options: IdentityOptions): MappedIdentities {
  const tracer = new SourceTracer(map, options);
  const fit: Fit = { followed: 0, outside: 0, names: new Map() };
  const evidence = gatherEvidence(file.text, file.functions, tracer, fit);
  const minified = isMinified(file.text);
  const claims = claimants(file.functions, evidence);
  const problem = misfit(fit, minified ? [] : comparedNames(file.functions, claims, fit));
  if (problem !== undefined) return { kind: 'unfit', problem };

  const functions: (SlotIdentity | undefined)[] = file.functions.map(() => undefined);
  const unmeasured: UnmeasuredFunction[] = [];
  for (const [source, { outer, inner }] of claims) {
    const identity = { name: source.name, file: source.source.file, line: source.line };
    const [only] = outer;
    const built = only === undefined ? undefined : file.functions[only];
    if (outer.length !== 1 || only === undefined || !built) {
      unmeasured.push({ ...identity, reason: 'the build made several functions of it, whose calls do not add up' });
    } else if (!source.isAsync || built.kind.startsWith('async')) functions[only] = { identity, tells: 'all' };
    else {
      const generator = inner.find((index) => file.functions[index]?.kind === 'generator');
      if (generator === undefined) {
        unmeasured.push({ ...identity, reason: 'it is async, and was compiled for engines without generators' });
        continue;
      }
      functions[only] = { identity, tells: 'callsAndErrors' };
      functions[generator] = { identity, tells: 'errors' };
    }
  }
  evidence.forEach(({ place }, index) => {
    const built = file.functions[index];
    if (!place || !built || functions[index]) return;
    if (!minified) functions[index] = withoutText(built, place);
    else {
      const reason =
        'its build is minified and the text of its source is not at hand: build with sourcesContent in the map';
      unmeasured.push({ name: built.name, ...place, reason });
    }
  });
  const texts = tracer.texts();
  return {
    kind: 'identified',
    identities: {
      functions,
      isBuilt: true,
      sources: texts.map(({ file: path, text }) => ({ file: path, blob: blobId(text) })),
      unmeasured: [...unmeasured, ...texts.flatMap((text) => withoutClaim(text, claims))],
    },
  };
}

/** The places in `functions` of those built functions that stand for one source function. */
interface Claim {
  /** Those that are in no other of it. */
  readonly outer: number[];
  readonly inner: number[];
}

function claimants(
  functions: readonly PlannedFunction[],
  evidence: readonly Evidence[],
): ReadonlyMap<SourceFunction, Claim> {
  const claims = new Map<SourceFunction, Claim>();
  const ofBuilt = new Map<number, SourceFunction>();
  const parents = parentsOf(functions);
  const isInside = (index: number, source: SourceFunction): boolean => {
    for (let at = parents[index] ?? -1; at >= 0; at = parents[at] ?? -1) if (ofBuilt.get(at) === source) return true;
    return false;
  };
  const claim = (index: number, source: SourceFunction): void => {
    const claimed = claims.get(source) ?? { outer: [], inner: [] };
    claims.set(source, claimed);
    (isInside(index, source) ? claimed.inner : claimed.outer).push(index);
    ofBuilt.set(index, source);
  };
  evidence.forEach(({ head }, index) => {
    if (head) claim(index, head);
  });
  evidence.forEach(({ head, body }, index) => {
    if (head || !body || body.share < leastBodyShare) return;
    // A head is surer: beside one, a body can only be a part of it.
    if (!claims.has(body.function) || isInside(index, body.function)) claim(index, body.function);
  });
  return claims;
}

function parentsOf(functions: readonly PlannedFunction[]): readonly number[] {
  const open: number[] = [];
  return functions.map(({ start }, index) => {
    while (open.length > 0 && (functions[open.at(-1) ?? 0]?.end ?? 0) <= start) open.pop();
    const parent = open.at(-1) ?? -1;
    open.push(index);
    return parent;
  });
}

function misfit({ followed, outside, names }: Fit, agreements: readonly boolean[]): string | undefined {
  if (outside > followed * mostWrong) return 'it points to places that its sources do not have';
  const misnamed = [...names.values()].filter((isRight) => !isRight).length;
  if (misnamed > 1 + names.size * mostWrong) return 'its sources have changed since it was made';
  const agreeing = agreements.filter((agrees) => agrees).length;
  if (agreements.length > 0 && agreeing < agreements.length * 0.3) return 'it leads to functions of other names';
  return undefined;
}

/** For each function that has a name of its own in both texts, whether the names agree, or the map says the other. */
function comparedNames(
  functions: readonly PlannedFunction[],
  claims: ReadonlyMap<SourceFunction, Claim>,
  { names }: Fit,
): readonly boolean[] {
  const agreements: boolean[] = [];
  for (const [{ name, source }, { outer }] of claims) {
    for (const index of outer) {
      const built = ownName(functions[index]?.name ?? '');
      const written = ownName(name);
      // A bundler that meets a name twice writes pay2 or pay$1.
      if (built === undefined || written === undefined) continue;
      agreements.push(built.startsWith(written) || names.get(nameKey(source.file, written)) === true);
    }
  }
  return agreements;
}

function ownName(qualified: string): string | undefined {
  const last = qualified.slice(qualified.lastIndexOf('.') + 1);
  return /[()[\]]/.test(last) || last === 'default' || last === 'exports' ? undefined : last;
}

/** Names of the built text are those of the source as long as nothing was renamed; lowered ones are left out. */
function withoutText(
  built: PlannedFunction,
  place: { readonly file: string; readonly line: number },
): SlotIdentity | undefined {
  return compilerHelper.test(built.name) ? undefined : { identity: { name: built.name, ...place }, tells: 'all' };
}

function withoutClaim(text: SourceText, claims: ReadonlyMap<SourceFunction, Claim>): readonly UnmeasuredFunction[] {
  const whole = { name: '', file: text.file, line: 0 };
  const missing = text.functions
    .filter((written) => !claims.has(written))
    .map(({ name, line }) => ({
      name,
      file: text.file,
      line,
      reason: 'the build has no function of its own for it: it was inlined, removed or replaced',
    }));
  if (text.problem === undefined || text.functions.length > 0) return missing;
  return [{ ...whole, reason: `the sensor cannot read its source: ${text.problem}` }];
}

function isMinified(text: string): boolean {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('//#'));
  return lines.reduce((sum, line) => sum + line.length, 0) / Math.max(1, lines.length) > minifiedLineLength;
}
