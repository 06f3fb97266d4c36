import { parseMessage } from '@runlens/protocol/probes/expression/message';
import { parseExpression } from '@runlens/protocol/probes/expression/parse';
import type { ArmedProbe } from '@runlens/protocol/probes/messages';
import type { ProbeCause } from '@runlens/protocol/probes/state';
import type { Redactor } from '@runlens/protocol/redaction/redactor';
import { compile } from '../evaluate.ts';
import type { Located, Location, ReadableName } from '../gates.ts';
import { scopeOf } from './frame.ts';
import type { NamedExpression, PlacedCopy, PlacedProbe } from './messages.ts';
import { secretReadOf } from './secret-reads.ts';

/** What is known of the loaded text around places. */
export interface Surroundings {
  readonly locate: (file: string, line: number) => Located;
  /** Whether worker threads of the service have loaded it: what they run cannot be probed. */
  readonly isOfThreads: (file: string) => boolean;
  /** The function's name in the source as written. */
  readonly nameOf: (slot: number) => string | undefined;
  /** Git's id of the source as it was when it was loaded; nothing: not known. */
  readonly blobOf: (file: string) => string | undefined;
  /** By the owner of the service. */
  readonly isClosed: (file: string, functionName: string) => boolean;
  readonly redactor: Redactor;
}

export interface Refusal {
  readonly kind: 'refused';
  /** `waiting`: it is armed when what it waits for comes. */
  readonly state: 'waiting' | 'refused';
  readonly cause: ProbeCause;
  readonly detail: string;
}

export interface Prepared {
  readonly kind: 'prepared';
  readonly probe: PlacedProbe;
  /** Of the source as written. */
  readonly line: number;
  readonly functionName: string;
  readonly detail: string | undefined;
  readonly engine: 'gate' | 'inspector';
}

const mostNamesTold = 20;

/** Makes of a probe as it is asked for what the service's thread needs, for all loaded copies of its place. */
export function prepare(armed: ArmedProbe, around: Surroundings): Prepared | Refusal {
  const { place, kind } = armed.request;
  const found = copiesOf(place, kind, around);
  return found.kind === 'refused' ? found : prepareAt(armed, found, around.redactor);
}

/** The same where its places are known. */
export function prepareAt(armed: ArmedProbe, found: FoundCopies, redactor: Redactor): Prepared | Refusal {
  const { request } = armed;
  const { kind } = request;
  const { copies, line, functionName, detail, engine = 'gate' } = found;
  const parsed = parseAll(request, redactor);
  if (parsed.kind === 'refused') return parsed;
  for (const { names, isExit } of copies) {
    const missing = missingName(parsed.all, names, isExit);
    if (missing !== undefined) {
      const known = names.map(({ name }) => name).slice(0, mostNamesTold);
      return refused(
        'name-not-in-scope',
        `"${missing}" is not known at line ${line}: ${known.length === 0 ? 'no name is' : `known there are ${known.join(', ')}`}. Names of outer scopes are known only where the function itself uses them.`,
      );
    }
  }
  const { condition, expressions, texts, by } = parsed;
  return {
    kind: 'prepared',
    line,
    functionName,
    detail,
    engine,
    probe: {
      id: armed.id,
      kind,
      copies: copies.map(({ copy }) => copy),
      condition: condition?.expression,
      expressions,
      texts,
      level: request.level ?? 'info',
      toServiceLog: request.toServiceLog === true,
      by,
      limits: armed.capture,
      hits: armed.hits,
      rate: armed.rate,
      expiresAt: Date.parse(armed.expiresAt),
      paused: armed.paused,
      isPreview: request.preview === true,
    },
  };
}

export interface FoundCopies {
  readonly kind: 'found';
  readonly copies: readonly {
    readonly copy: PlacedCopy;
    readonly names: readonly ReadableName[];
    readonly isExit: boolean;
  }[];
  readonly line: number;
  readonly functionName: string;
  readonly detail: string | undefined;
  /** Default: gates. */
  readonly engine?: 'inspector';
}

function copiesOf(
  place: ArmedProbe['request']['place'],
  kind: PlacedProbe['kind'],
  around: Surroundings,
): FoundCopies | Refusal {
  const { file, line, untilLine, at, blob, function: expected } = place;
  const located = around.locate(file, line);
  if (located.kind === 'notLoaded' && around.isOfThreads(file)) {
    return refused(
      'not-instrumented',
      `${file} is loaded by a worker thread of this service and not by its main thread: code of worker threads is measured and cannot be probed. Choose a line of the main thread, such as where it posts to the worker.`,
    );
  }
  if (located.kind !== 'found') return notFound(located, file, line);
  const loaded = blob === undefined ? undefined : around.blobOf(file);
  if (loaded !== undefined && loaded !== blob) {
    return refused(
      'version-mismatch',
      `The service runs another text of ${file} than the one in which line ${line} was meant: open the deployed version, or deploy yours.`,
    );
  }
  const [first] = located.locations;
  const nameOf = (location: Location) => around.nameOf(location.slot) ?? location.functionName;
  const locations = located.locations.filter((location) => expected === undefined || expected === nameOf(location));
  const [one] = locations;
  if (!first || !one) {
    return refused(
      'no-such-function',
      `Line ${line} of ${file} is in ${first ? nameOf(first) : 'another function'}, not in ${expected}: place it in the version that is deployed.`,
    );
  }
  const functionName = nameOf(one);
  if (locations.some((location) => around.isClosed(file, nameOf(location)))) {
    return refused(
      'closed-by-service',
      `The owner of the service has closed ${functionName} to probes (RUNLENS_PROBES_CLOSED).`,
    );
  }
  const isExit = at === 'exit' || (kind === 'timer' && untilLine === undefined);
  let ends: readonly Location[] = [];
  if (untilLine !== undefined) {
    const until = around.locate(file, untilLine);
    if (until.kind !== 'found') return notFound(until, file, untilLine);
    ends = until.locations;
    if (!locations.every((location) => ends.some(({ slot }) => slot === location.slot))) {
      return refused(
        'ambiguous-place',
        `Lines ${line} and ${untilLine} are in different functions: a timer is from line to line within one.`,
      );
    }
  }
  const copies = locations.map((location) => {
    const end = ends.find(({ slot }) => slot === location.slot);
    return {
      copy: copyOf(location, end, at, isExit),
      names: end?.names ?? (isExit || at === 'entry' ? location.entryNames : location.names),
      isExit: isExit || end !== undefined,
    };
  });
  const stands = at === 'line' && !isExit ? one.line : line;
  const moved =
    stands === line ? undefined : `Line ${line} has no statement of its own: it stands before line ${stands}.`;
  const elsewhere = around.isOfThreads(file)
    ? 'Worker threads of this service have loaded it, too: their hits are not seen.'
    : undefined;
  const detail = [moved, elsewhere].filter((each) => each !== undefined).join(' ');
  return { kind: 'found', copies, line: stands, functionName, detail: detail === '' ? undefined : detail };
}

function copyOf(
  location: Location,
  end: Location | undefined,
  at: 'line' | 'entry' | 'exit',
  isExit: boolean,
): PlacedCopy {
  const { slot, gateCount, gate, entryGate, returnGate, throwGate } = location;
  if (end) {
    return {
      slot,
      gateCount,
      names: end.names,
      gates: [
        { gate, role: 'begin' },
        { gate: end.gate, role: 'end' },
      ],
    };
  }
  if (isExit) {
    return {
      slot,
      gateCount,
      names: location.entryNames,
      gates: [
        { gate: entryGate, role: 'begin' },
        { gate: returnGate, role: 'return' },
        ...(throwGate === undefined ? [] : [{ gate: throwGate, role: 'throw' as const }]),
      ],
    };
  }
  return at === 'entry'
    ? { slot, gateCount, names: location.entryNames, gates: [{ gate: entryGate, role: 'hit' }] }
    : { slot, gateCount, names: location.names, gates: [{ gate, role: 'hit' }] };
}

function notFound(located: Exclude<Located, { kind: 'found' }>, file: string, line: number): Refusal {
  switch (located.kind) {
    case 'notLoaded':
      return {
        kind: 'refused',
        state: 'waiting',
        cause: 'file-not-loaded',
        detail: `Nothing that this process has loaded comes from ${file}: it is armed when that is loaded.`,
      };
    case 'outside':
      return refused(
        'line-without-code',
        `Line ${line} of ${file} is in no function: such code runs once, when the file is loaded. Choose a line within a function.`,
      );
    case 'refused':
      return refused('not-instrumented', `${located.functionName} cannot be probed: ${located.reason}`);
  }
}

interface Parsed {
  readonly kind: 'parsed';
  readonly condition: NamedExpression | undefined;
  readonly expressions: readonly NamedExpression[];
  readonly texts: readonly string[];
  readonly by: NamedExpression | undefined;
  readonly all: readonly NamedExpression[];
}

/** Once more, whatever the collector has made of it: this sensor runs no tree that it has not read itself. */
function parseAll(
  { condition, expressions = [], message, by }: ArmedProbe['request'],
  redactor: Redactor,
): Parsed | Refusal {
  const read = (text: string): NamedExpression | Refusal => {
    const parsed = parseExpression(text);
    return parsed.ok
      ? { text, expression: parsed.expression, isSecret: false }
      : refused('bad-expression', parsed.refusal.problem);
  };
  const all: NamedExpression[] = [];
  const of = (text: string | undefined): NamedExpression | Refusal | undefined => {
    const one = text === undefined ? undefined : read(text);
    if (one && !('kind' in one)) all.push(one);
    return one;
  };
  const readCondition = of(condition);
  if (readCondition && 'kind' in readCondition) return readCondition;
  const readBy = of(by);
  if (readBy && 'kind' in readBy) return readBy;
  const values: NamedExpression[] = [];
  for (const text of expressions) {
    const one = of(text);
    if (one && 'kind' in one) return one;
    if (one) values.push(one);
  }
  let texts: readonly string[] = [];
  if (message !== undefined) {
    const parsed = parseMessage(message);
    if (!parsed.ok) return refused('bad-expression', parsed.refusal.problem);
    texts = parsed.texts;
    for (const one of parsed.expressions) {
      values.push({ ...one, isSecret: false });
      all.push({ ...one, isSecret: false });
    }
  }
  const secretOf = ({ expression }: NamedExpression) =>
    secretReadOf(expression, (name) => redactor.hidesName(name, 'text'));
  for (const one of all) {
    const secret = secretOf(one);
    // By itself it is shown as hidden; in anything else it would tell what it is.
    if (secret === undefined || (isPath(one.expression) && one.text !== condition && one.text !== by)) continue;
    return refused(
      'bad-expression',
      `"${secret}" may be secret: an expression can only ask whether it is there, as in ${secret} !== undefined.`,
    );
  }
  const shown = values.map((one) => ({ ...one, isSecret: secretOf(one) !== undefined }));
  return { kind: 'parsed', condition: readCondition, expressions: shown, texts, by: readBy, all };
}

/** A variable, or a property of a property of one: by its last name it is hidden where it is captured. */
function isPath(expression: NamedExpression['expression']): boolean {
  if (expression.is === 'chain') return isPath(expression.of);
  if (expression.is === 'member') return expression.key.is === 'value' && isPath(expression.of);
  return expression.is === 'name';
}

function missingName(
  all: readonly NamedExpression[],
  names: readonly ReadableName[],
  isExit: boolean,
): string | undefined {
  const scope = scopeOf(names, isExit);
  for (const { expression } of all) {
    const compiled = compile(expression, scope);
    if (!compiled.ok) return compiled.missing;
  }
  return undefined;
}

const refused = (cause: ProbeCause, detail: string): Refusal => ({ kind: 'refused', state: 'refused', cause, detail });
