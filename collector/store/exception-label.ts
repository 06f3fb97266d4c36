/** What is told of an error, as the label of a `thrown` detail. */
export interface ExceptionFacts {
  readonly type: string;
  /** `runlens.exception.handled` of `protocol/telemetry.ts`. */
  readonly handled: string;
  readonly cause: string;
  /** The message without any value; empty: it has none. */
  readonly shape: string;
  /** Where it was thrown; empty and 0: not known. */
  readonly file: string;
  readonly function: string;
  readonly line: number;
}

/** The sensor's own are shorter; UTF-16 units. */
const longest = { type: 256, cause: 256, shape: 256, name: 512, path: 1_024 } as const;
const outcomes: ReadonlySet<string> = new Set(['here', 'caller', 'no', 'unknown']);

/** One line each, in this order; none of them has a line end, since all text is cleaned. */
export function exceptionLabel(facts: ExceptionFacts): string {
  // A place that is cut would be another place.
  const isPlace = facts.file !== '' && facts.file.length <= longest.path && facts.function.length <= longest.name;
  return [
    outcomes.has(facts.handled) ? facts.handled : 'unknown',
    facts.type.slice(0, longest.type),
    facts.cause.slice(0, longest.cause),
    facts.shape.slice(0, longest.shape),
    isPlace ? facts.file : '',
    isPlace ? facts.function : '',
    isPlace ? String(facts.line) : '0',
  ].join('\n');
}

export function readExceptionLabel(label: string): ExceptionFacts {
  const [handled = 'unknown', type = '', cause = '', shape = '', file = '', name = '', line = '0'] = label.split('\n');
  return { handled, type, cause, shape, file, function: name, line: Number(line) };
}
