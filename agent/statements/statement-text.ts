/** Statements about production in documents and doc comments, which carry a mark so that they can be checked. Pure. */

export const statementMetrics = ['rate', 'p50', 'p95', 'p99', 'errors', 'dependency', 'owner'] as const;
export type StatementMetric = (typeof statementMetrics)[number];

export interface Statement {
  readonly metric: StatementMetric;
  /** Relative to the root of the repository, with `/`. */
  readonly file: string;
  /** Absent only of an owner. */
  readonly function: string | undefined;
  readonly service: string | undefined;
  readonly environment: string | undefined;
  /** How far back it is measured: `24h`. */
  readonly since: string;
  /** As it is written. */
  readonly value: string;
  /** From 1. */
  readonly line: number;
  /** Of the value in the text, in UTF-16 units. */
  readonly from: number;
  readonly to: number;
}

export type FoundStatement =
  | { readonly kind: 'statement'; readonly statement: Statement }
  | { readonly kind: 'malformed'; readonly line: number; readonly reason: string };

export const statementLimits = {
  /** Of one document. */
  statements: 200,
  value: 200,
} as const;

const usualSince = '24h';
const open = /<!--\s*runlens:\s*([^<>]{1,500}?)\s*-->/g;
const close = /<!--\s*\/runlens\s*-->/g;
/** A line of a comment that begins with the tag; what a line of prose has after it is no metric. */
const tagged = /^([ \t]*(?:\/\*\*?|\*|\/\/+|#+)[ \t]*@runlens[ \t]+)(\w+)(?=[ \t])([^\r\n]{1,700})$/gm;
const head = /^(?:(.{1,300}?)\s+)?in\s+(\S{1,500})((?:\s+\w+=\S+)*)$/;
const headHere = /^(\S(?:.{0,298}?\S)?)((?:\s+\w+=\S+)*)$/;

/** `path`: of the document, by whose ending it is known whether it is Markdown. */
export function statementsIn(path: string, text: string): readonly FoundStatement[] {
  const found = /\.(?:md|mdx|markdown)$/i.test(path) ? inMarkdown(text) : inComments(path, text);
  return found.slice(0, statementLimits.statements);
}

/** The text with other values, each in the place of a statement's. */
export function withValues(
  text: string,
  values: readonly { readonly statement: Pick<Statement, 'from' | 'to'>; readonly value: string }[],
): string {
  const last = values.toSorted((one, other) => other.statement.from - one.statement.from);
  return last.reduce((now, { statement: { from, to }, value }) => now.slice(0, from) + value + now.slice(to), text);
}

function inMarkdown(text: string): readonly FoundStatement[] {
  const hidden = codeIn(text);
  return [...text.matchAll(open)].flatMap((match): FoundStatement[] => {
    const from = match.index + match[0].length;
    if (hidden.some(([start, end]) => match.index >= start && match.index < end)) return [];
    const line = lineAt(text, match.index);
    close.lastIndex = from;
    const end = close.exec(text)?.index;
    if (end === undefined || end - from > statementLimits.value || text.slice(from, end).includes('<!--')) {
      return [malformed(line, 'its end, <!-- /runlens -->, is missing')];
    }
    const [, metric = '', rest = ''] = /^(\S+)\s+(.+)$/s.exec(match[1] ?? '') ?? [];
    const named = head.exec(rest);
    if (!named)
      return [
        malformed(line, `write <!-- runlens: METRIC FUNCTION in FILE -->, with one of ${statementMetrics.join(', ')}`),
      ];
    return [made(metric, named[1], named[2] ?? '', named[3] ?? '', { text, line, from, to: end })];
  });
}

function inComments(path: string, text: string): readonly FoundStatement[] {
  return [...text.matchAll(tagged)].flatMap((match): FoundStatement[] => {
    const { 0: whole, 1: mark = '', 2: metric = '', 3: told = '', index } = match;
    if (!isMetric(metric)) return [];
    const line = lineAt(text, index);
    const colon = /:[ \t]+(?=\S)/.exec(told);
    if (!colon) return [malformed(line, 'write @runlens METRIC FUNCTION: VALUE')];
    const from = index + mark.length + metric.length + colon.index + colon[0].length;
    const value = whole.slice(from - index).replace(/\s*(?:\*\/)?\s*$/, '');
    const names = told.slice(0, colon.index).trim();
    const elsewhere = head.exec(names);
    const here = elsewhere ?? headHere.exec(names);
    if (!here) return [malformed(line, 'write @runlens METRIC FUNCTION: VALUE')];
    const [, name, second = '', third = ''] = here;
    const [file, settings] = elsewhere ? [second, third] : [path, second];
    return [made(metric, name, file, settings, { text, line, from, to: from + value.length })];
  });
}

interface Place {
  readonly text: string;
  readonly line: number;
  readonly from: number;
  readonly to: number;
}

function made(metric: string, name: string | undefined, file: string, settings: string, place: Place): FoundStatement {
  const { text, line } = place;
  if (!isMetric(metric))
    return malformed(line, `there is no metric "${metric}": write one of ${statementMetrics.join(', ')}`);
  if (name === undefined && metric !== 'owner')
    return malformed(line, `name the function: ${metric} FUNCTION in ${file}`);
  const set = new Map([...settings.matchAll(/(\w+)=(\S+)/g)].map(([, key = '', value = '']) => [key, value]));
  const unknown = [...set.keys()].find((key) => !['service', 'environment', 'since'].includes(key));
  if (unknown !== undefined) return malformed(line, `"${unknown}" is none of service, environment and since`);
  // Blanks around a value are the author's.
  const raw = text.slice(place.from, place.to);
  const value = raw.trim();
  if (value === '') return malformed(line, 'it states nothing');
  const from = place.from + raw.indexOf(value);
  return {
    kind: 'statement',
    statement: {
      ...{ metric, file: file.replace(/^\.\//, ''), function: name, value, line, from, to: from + value.length },
      ...{ service: set.get('service'), environment: set.get('environment'), since: set.get('since') ?? usualSince },
    },
  };
}

const malformed = (line: number, reason: string): FoundStatement => ({ kind: 'malformed', line, reason });
const isMetric = (text: string): text is StatementMetric => statementMetrics.some((each) => each === text);
const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length;

/** Fenced blocks and code in a line, which show what a mark looks like. */
function codeIn(text: string): readonly (readonly [number, number])[] {
  const fences = [...text.matchAll(/^ {0,3}(`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:^ {0,3}\1[`~]*[ \t]*$|(?![\s\S]))/gm)];
  const inline = [...text.matchAll(/(?<!`)(`+)(?!`)[^\n]*?[^`\n]\1(?!`)/g)];
  return [...fences, ...inline].map((match) => [match.index, match.index + match[0].length] as const);
}
