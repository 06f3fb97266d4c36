/** SQL statements as shapes: what they ask, without any value of theirs. */

export type SqlDialect = 'postgresql' | 'mysql' | 'sqlite';

export interface SqlShape {
  /** The statement with `?` for each literal, lists of values as one, without comments. */
  readonly text: string;
  /** Operations and tables, as OpenTelemetry's `db.query.summary`: `SELECT orders customers`. */
  readonly summary: string;
  /** The first operation: `SELECT`. */
  readonly operation: string;
  /** The table, where there is exactly one. */
  readonly collection: string | undefined;
}

/** Longer statements are cut before they are read, so that reading them is bounded. */
const mostRead = 16_384;
const mostText = 2_048;
const mostSummary = 255;
const mostTargets = 8;
const longestName = 128;
const cut = '…';

type Kind = 'space' | 'word' | 'quoted' | 'literal' | 'placeholder' | 'symbol';
interface Token {
  readonly kind: Kind;
  readonly text: string;
}

const literal: Token = { kind: 'literal', text: '?' };
const space: Token = { kind: 'space', text: ' ' };

/**
 * Reads one statement. Quotes, comments and numbers are told apart as the database does, since a quote that is taken
 * for another would let the text behind it out. In doubt something is taken for a literal. Never throws.
 */
export function sqlShape(statement: string, dialect: SqlDialect): SqlShape {
  const wasCut = statement.length > mostRead;
  const tokens = collapsed(withoutValues([...lex(wasCut ? statement.slice(0, mostRead) : statement, dialect)]));
  let text = tokens
    .map((token) => token.text)
    .join('')
    .trim();
  text = text.replace(/\s*;+$/, '');
  if (wasCut || text.length > mostText) text = text.slice(0, mostText) + cut;
  return { text, ...summaryOf(tokens) };
}

function* lex(text: string, dialect: SqlDialect): Generator<Token> {
  let at = 0;
  while (at < text.length) {
    const skipped = endOfSpace(text, at, dialect);
    if (skipped > at) {
      at = skipped;
      yield space;
      continue;
    }
    const { end, token } = tokenAt(text, at, dialect);
    yield token;
    at = Math.max(end, at + 1);
  }
}

/** White space and comments; also MySQL's comments that are executed, whatever is in them. */
function endOfSpace(text: string, start: number, dialect: SqlDialect): number {
  let at = start;
  for (;;) {
    const before = at;
    while (at < text.length && /\s/.test(text[at] ?? '')) at += 1;
    if (text.startsWith('--', at) && (dialect !== 'mysql' || /^--(?:\s|$)/.test(text.slice(at, at + 3)))) {
      at = endOfLine(text, at);
    } else if (dialect === 'mysql' && text[at] === '#') at = endOfLine(text, at);
    else if (text.startsWith('/*', at)) at = endOfComment(text, at, dialect === 'postgresql');
    if (at === before) return at;
  }
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

/** PostgreSQL's comments nest. */
function endOfComment(text: string, start: number, nests: boolean): number {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    if (text.startsWith('*/', at)) {
      depth -= 1;
      at += 1;
      if (depth === 0) return at + 1;
    } else if (text.startsWith('/*', at) && (nests || depth === 0)) {
      depth += 1;
      at += 1;
    }
  }
  return text.length;
}

function tokenAt(text: string, at: number, dialect: SqlDialect): { end: number; token: Token } {
  const first = text[at] ?? '';
  // Strings with a prefix: E'…' has escapes, N'…', B'…', X'…', U&'…', and MySQL's _utf8mb4'…'.
  const prefix = /^(?:[eEnNbBxX]|[uU]&|_[A-Za-z0-9]+)'/.exec(text.slice(at, at + 32));
  if (prefix) {
    const escapes = dialect === 'mysql' || /^e/i.test(first);
    return { end: endOfQuoted(text, at + prefix[0].length - 1, "'", escapes), token: literal };
  }
  switch (first) {
    case "'":
      return { end: endOfQuoted(text, at, "'", dialect === 'mysql'), token: literal };
    case '"':
      // A string in MySQL, unless ANSI_QUOTES is set: then names are lost, and no value is told.
      if (dialect === 'mysql') return { end: endOfQuoted(text, at, '"', true), token: literal };
      return quoted(text, at, '"');
    case '`':
      return quoted(text, at, '`');
    case '[':
      if (dialect === 'sqlite') return quoted(text, at, ']');
      break;
    case '$': {
      const tag =
        dialect === 'postgresql'
          ? /^\$(?:[A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?\$/.exec(text.slice(at, at + 70))
          : null;
      if (tag) {
        const end = text.indexOf(tag[0], at + tag[0].length);
        return { end: end < 0 ? text.length : end + tag[0].length, token: literal };
      }
    }
  }
  const rest = text.slice(at, at + longestName * 2);
  const placeholder = /^(?:\?\d*|[$@:][A-Za-z_][\w.]*|\$\d+|:\d+)/.exec(rest);
  // `a::text` is a cast; `@@x` and `:=` are no placeholders.
  if (placeholder && !rest.startsWith('::')) {
    return { end: at + placeholder[0].length, token: { kind: 'placeholder', text: placeholder[0] } };
  }
  const number =
    /^(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)/.exec(rest);
  if (number) return { end: endOfWord(text, at + number[0].length), token: literal };
  const end = endOfWord(text, at);
  if (end > at) return { end, token: { kind: 'word', text: text.slice(at, Math.min(end, at + longestName)) } };
  const symbol = /^(?:::|<=>|->>|->|<>|!=|<=|>=|\|\||:=|@@)/.exec(rest)?.[0] ?? first;
  return { end: at + symbol.length, token: { kind: 'symbol', text: symbol } };
}

function quoted(text: string, at: number, close: string): { end: number; token: Token } {
  const end = endOfQuoted(text, at, close, false);
  const closed = text[end - 1] === close && end - at >= 2;
  // Without its end it may be anything.
  if (!closed || end - at > longestName) return { end, token: literal };
  return { end, token: { kind: 'quoted', text: text.slice(at, end) } };
}

/** Behind the closing quote; a doubled one, and where there are escapes one behind a backslash, does not close. */
function endOfQuoted(text: string, start: number, close: string, escapes: boolean): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (escapes && text[at] === '\\') at += 1;
    else if (text[at] === close) {
      if (text[at + 1] !== close) return at + 1;
      at += 1;
    }
  }
  return text.length;
}

function endOfWord(text: string, start: number): number {
  let at = start;
  while (at < text.length && /[\w$\x80-\uffff]/.test(text[at] ?? '')) at += 1;
  return at;
}

const comparisons = new Set(['=', '<', '>', '<=', '>=', '<>', '!=', '<=>', '||', '==']);
const comparingWords = new Set([
  'LIKE',
  'ILIKE',
  'GLOB',
  'REGEXP',
  'RLIKE',
  'MATCH',
  'BETWEEN',
  'VALUES',
  'LIMIT',
  'OFFSET',
]);

/**
 * A name in quotes where a value is expected: SQLite takes a name that it does not know for a string. It is let out only
 * where a `.` makes it a column.
 */
function withoutValues(tokens: readonly Token[]): Token[] {
  const kept = tokens.filter((token, index) => token !== space || tokens[index - 1] !== space);
  const beside = (index: number, step: 1 | -1): Token | undefined => {
    const next = kept[index + step];
    return next === space ? kept[index + 2 * step] : next;
  };
  return kept.map((token, index) => {
    if (token.kind !== 'quoted' || token.text[0] === '[') return token;
    const before = beside(index, -1);
    const after = beside(index, 1);
    if (!before || before.text === '.' || after?.text === '.') return token;
    const expectsValue =
      (before.kind === 'symbol' && comparisons.has(before.text)) ||
      (before.kind === 'word' && comparingWords.has(before.text.toUpperCase()));
    return expectsValue ? literal : token;
  });
}

/** `IN (?, ?, ?)`, `VALUES (?, ?), (?, ?)` and `ARRAY[?, ?]` with one `?`: how many there are is no other statement. */
function collapsed(tokens: readonly Token[]): Token[] {
  const out: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (!token) break;
    const end = token.text === '(' || token.text === '[' ? endOfValues(tokens, at) : -1;
    if (end < 0) {
      out.push(token);
      continue;
    }
    at = end;
    // A list behind a list of the same kind.
    const last = out.findLastIndex(({ kind }) => kind !== 'space');
    if (out[last]?.text === ',' && out[last - 1]?.text === ')' && out[last - 2] === listed) {
      out.length = last;
    } else
      out.push({ kind: 'symbol', text: token.text }, listed, { kind: 'symbol', text: token.text === '(' ? ')' : ']' });
  }
  return out;
}

const listed: Token = { kind: 'literal', text: '?' };

/** Where a list of nothing but values ends; -1: it is no such list. */
function endOfValues(tokens: readonly Token[], start: number): number {
  const close = tokens[start]?.text === '(' ? ')' : ']';
  let values = 0;
  for (let at = start + 1; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (!token) return -1;
    if (token.text === close && token.kind === 'symbol') return values > 0 ? at : -1;
    const isValue =
      token.kind === 'literal' || token.kind === 'placeholder' || /^(?:NULL|DEFAULT|TRUE|FALSE)$/i.test(token.text);
    if (isValue) values += 1;
    else if (token.kind !== 'space' && token.text !== ',' && token.text !== '-' && token.text !== '+') return -1;
  }
  return -1;
}

const operations = new Set(
  'SELECT INSERT UPDATE DELETE MERGE REPLACE UPSERT CREATE DROP ALTER TRUNCATE CALL EXEC EXECUTE BEGIN START COMMIT ROLLBACK SAVEPOINT RELEASE PRAGMA SET SHOW EXPLAIN ANALYZE VACUUM COPY LOCK GRANT REVOKE ATTACH DETACH REINDEX USE DECLARE FETCH CLOSE LISTEN NOTIFY UNLISTEN PREPARE DEALLOCATE VALUES'.split(
    ' ',
  ),
);
const beforeTargets = new Set(['FROM', 'JOIN', 'INTO', 'UPDATE', 'TABLE', 'TRUNCATE', 'CALL', 'INDEX', 'VIEW']);
const noTargets = new Set([
  'SELECT',
  'ONLY',
  'LATERAL',
  'IF',
  'NOT',
  'EXISTS',
  'IGNORE',
  'OR',
  'TABLE',
  'CONCURRENTLY',
  'LOW_PRIORITY',
  'QUICK',
  'DELAYED',
  'UNNEST',
  'VALUES',
  'SET',
  'OF',
  'NOWAIT',
  'SKIP',
]);

function summaryOf(tokens: readonly Token[]): Omit<SqlShape, 'text'> {
  const words = tokens.filter(({ kind }) => kind !== 'space');
  const parts: string[] = [];
  const targets = new Set<string>();
  /** Names that the statement gives to its own parts (`WITH name AS`) are no tables. */
  const own = new Set<string>();
  let operation = '';
  for (let at = 0; at < words.length && targets.size < mostTargets; at += 1) {
    const token = words[at];
    if (token?.kind !== 'word') continue;
    const word = token.text.toUpperCase();
    const next = words[at + 1];
    if ((word === 'WITH' || word === 'RECURSIVE') && next && next.text.toUpperCase() !== 'RECURSIVE')
      own.add(next.text);
    if (next && words[at - 1]?.text === ',' && next.text.toUpperCase() === 'AS' && words[at + 2]?.text === '(')
      own.add(token.text);
    // `UPDATE` of `ON CONFLICT DO UPDATE` and `FOR UPDATE`, and `SET` of an update, begin nothing.
    const before = words[at - 1]?.text.toUpperCase() ?? '';
    const follows = ['DO', 'FOR', 'KEY', 'OR', 'ON'].includes(before);
    if (
      operations.has(word) &&
      !follows &&
      words[at - 1]?.text !== '.' &&
      (operation === '' || isNested(word)) &&
      (isNested(word) || next?.text !== '(')
    ) {
      operation ||= word;
      parts.push(word);
    } else if (operation === '' && word === 'VALUES') operation = word;
    if (!beforeTargets.has(word) || follows) continue;
    for (const target of targetsBehind(words, at + 1, word === 'FROM')) {
      if (own.has(target) || targets.size >= mostTargets) continue;
      targets.add(target);
      parts.push(target);
    }
  }
  const summary = parts.join(' ').slice(0, mostSummary);
  return { summary, operation, collection: targets.size === 1 ? [...targets][0] : undefined };
}

const isNested = (word: string): boolean => ['SELECT', 'INSERT', 'UPDATE', 'DELETE'].includes(word);

/** `schema.table`, and in a FROM those behind commas. */
function targetsBehind(words: readonly Token[], start: number, several: boolean): string[] {
  const found: string[] = [];
  let at = start;
  for (let tries = 0; tries < mostTargets * 4; tries += 1) {
    while (words[at]?.kind === 'word' && noTargets.has(words[at]?.text.toUpperCase() ?? '')) {
      if (words[at]?.text.toUpperCase() === 'SELECT') return found;
      at += 1;
    }
    let name = '';
    while (words[at]?.kind === 'word' || words[at]?.kind === 'quoted') {
      name += unquoted(words[at]?.text ?? '');
      at += 1;
      if (words[at]?.text !== '.') break;
      name += '.';
      at += 1;
    }
    // A function in the place of a table.
    if (name === '' || (words[at]?.text === '(' && several)) return found;
    found.push(name.slice(0, longestName));
    if (!several) return found;
    if (words[at]?.text.toUpperCase() === 'AS') at += 1;
    if (words[at]?.kind === 'word' && words[at + 1]?.text === ',') at += 1;
    if (words[at]?.text !== ',') return found;
    at += 1;
  }
  return found;
}

const unquoted = (name: string): string => (/^["`[]/.test(name) ? name.slice(1, -1) : name);
