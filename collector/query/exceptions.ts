/** The errors of one function, from what is counted beside its plain numbers. */
import type { Profile } from '@runlens/protocol/api/profile';
import { type ExceptionFacts, readExceptionLabel } from '../store/exception-label.ts';
import type { DetailCount, MeasuredFunction, Scope, Totals } from '../store/profile-store.ts';

type Exception = Profile['exceptions'][number];

export interface ExceptionInput {
  /** The function in each version, newest first. */
  readonly members: readonly Totals[];
  readonly details: readonly DetailCount[];
  readonly firstThrown: ReadonlyMap<MeasuredFunction, ReadonlyMap<string, number>>;
}

/** Less of a type than this that nothing is known of is what estimates differ from the exact count by. */
const leastUnknown = 0.05;

interface Kind {
  readonly facts: ExceptionFacts;
  left: number;
  here: number;
  caller: number;
  no: number;
  lastSeen: number;
  /** Of the newest version that has it. */
  line: number;
  readonly versions: Map<Scope, { count: number; firstSeen: number; lastSeen: number }>;
}

/**
 * Errors by what they say and where they were thrown, over versions, most first. Errors of which only the type is known, as
 * those of another sensor, are told by that.
 */
export function exceptionsOf(input: ExceptionInput): Exception[] {
  const kinds = kindsOf(input);
  const told = [...kinds.values()].map((kind) => exceptionOf(kind, input));
  return [...told, ...byTypeOnly(input.details, kinds)].sort(
    (one, other) => totalOf(other) - totalOf(one) || (one.lastSeen < other.lastSeen ? 1 : -1),
  );
}

const totalOf = ({ count, caughtHere = 0 }: Exception): number => count + caughtHere;
const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();
/** The line moves from version to version, and what became of it is told beside. */
const keyOf = (facts: ExceptionFacts): string =>
  JSON.stringify([facts.type, facts.cause, facts.shape, facts.file, facts.function]);

function kindsOf({ members, details, firstThrown }: ExceptionInput): ReadonlyMap<string, Kind> {
  const kinds = new Map<string, Kind>();
  const byFunction = Map.groupBy(details, ({ fn }) => fn);
  // Newest first, so the first line is the one to be shown.
  for (const { fn } of members) {
    for (const { kind: detailKind, label, count, lastSeen } of byFunction.get(fn) ?? []) {
      if (detailKind !== 'thrown') continue;
      const facts = readExceptionLabel(label);
      const key = keyOf(facts);
      const kind = kinds.get(key) ?? {
        facts,
        left: 0,
        here: 0,
        caller: 0,
        no: 0,
        lastSeen: 0,
        line: facts.line,
        versions: new Map(),
      };
      kinds.set(key, kind);
      if (facts.handled === 'here') kind.here += count;
      else kind.left += count;
      if (facts.handled === 'caller') kind.caller += count;
      if (facts.handled === 'no') kind.no += count;
      kind.lastSeen = Math.max(kind.lastSeen, lastSeen);
      const firstSeen = firstThrown.get(fn)?.get(label) ?? lastSeen;
      const { scope } = fn.source;
      const version = kind.versions.get(scope);
      kind.versions.set(scope, {
        count: (version?.count ?? 0) + count,
        firstSeen: Math.min(version?.firstSeen ?? firstSeen, firstSeen),
        lastSeen: Math.max(version?.lastSeen ?? lastSeen, lastSeen),
      });
    }
  }
  return kinds;
}

function exceptionOf(kind: Kind, { members, firstThrown }: ExceptionInput): Exception {
  const { type, cause, shape, file, function: name } = kind.facts;
  const key = keyOf(kind.facts);
  const first = new Map<Scope, number>();
  for (const { fn } of members) {
    for (const [label, time] of firstThrown.get(fn) ?? []) {
      const { scope } = fn.source;
      if (keyOf(readExceptionLabel(label)) === key) first.set(scope, Math.min(time, first.get(scope) ?? time));
    }
  }
  const versions = [...kind.versions].sort(([one], [other]) => other.firstSeen - one.firstSeen);
  const newIn = newVersion(members, [...first.keys()]);
  return {
    type,
    ...(shape === '' ? {} : { message: shape }),
    ...(cause === '' ? {} : { cause }),
    ...(name === '' ? {} : { thrown: { file, function: name, ...(kind.line > 0 ? { line: kind.line } : {}) } }),
    count: kind.left,
    caughtHere: kind.here,
    caughtByCaller: kind.caller,
    uncaught: kind.no,
    firstSeen: iso(Math.min(...first.values(), ...versions.map(([, version]) => version.firstSeen))),
    lastSeen: iso(kind.lastSeen),
    versions: versions.map(([{ version }, { count, firstSeen, lastSeen }]) => ({
      version,
      count,
      firstSeen: iso(firstSeen),
      lastSeen: iso(lastSeen),
    })),
    ...(newIn === undefined ? {} : { newIn }),
  };
}

/** The newest version, where it alone has the error and the function was called in one before. */
function newVersion(members: readonly Totals[], having: readonly Scope[]): string | undefined {
  const newest = members[0]?.fn.source.scope;
  if (newest === undefined || having.length !== 1 || having[0] !== newest) return undefined;
  const ranBefore = members.some(({ fn }) => fn.source.scope !== newest && fn.lastCall > 0);
  return ranBefore ? newest.version : undefined;
}

/** By type only: what is left of the exact counts. */
function byTypeOnly(details: readonly DetailCount[], kinds: ReadonlyMap<string, Kind>): Exception[] {
  const known = new Map<string, number>();
  for (const { facts, left } of kinds.values()) known.set(facts.type, (known.get(facts.type) ?? 0) + left);
  const types = new Map<string, { count: number; lastSeen: number }>();
  for (const { kind, label, count, lastSeen } of details) {
    if (kind !== 'exception') continue;
    const before = types.get(label);
    types.set(label, { count: (before?.count ?? 0) + count, lastSeen: Math.max(before?.lastSeen ?? 0, lastSeen) });
  }
  return [...types].flatMap(([type, { count, lastSeen }]) => {
    const left = count - (known.get(type) ?? 0);
    return left > 0 && left >= count * leastUnknown ? [{ type, count: left, lastSeen: iso(lastSeen) }] : [];
  });
}
