/** Which statements of telemetry may be planned at all: what a service tells is the text of others, and is read before a database sees it. */
import type { PlanSystem } from '@runlens/protocol/policy';

export type Plannable =
  | { readonly kind: 'plannable'; readonly sql: string }
  /** A sentence. */
  | { readonly kind: 'refused'; readonly reason: string };

const longest = 4_096;
const refused = (reason: string): Plannable => ({ kind: 'refused', reason });

/**
 * A single SELECT, UPDATE or DELETE, as the shape of a statement with the placeholders of its database. EXPLAIN runs none of them;
 * that it stays so is looked at here and again by the database, in a transaction that may only read.
 */
export function plannable(statement: string, system: PlanSystem): Plannable {
  const tokens = tokensOf(statement);
  if (tokens === undefined || statement.length > longest || statement.includes('…'))
    return refused('the statement is not known whole');
  const words = tokens.flatMap(({ kind, text }) => (kind === 'word' ? [text.toUpperCase()] : []));
  const [first] = words;
  if (first === undefined || !/^(?:SELECT|WITH|UPDATE|DELETE)$/.test(first) || tokens[0]?.kind !== 'word')
    return refused('only SELECT, UPDATE and DELETE are planned');
  if (words.some((word) => forbidden.has(word))) return refused('it does more than read or change rows');
  if (system === 'mysql') return plannableByMysql(tokens, words, first);
  return {
    kind: 'plannable',
    sql: system === 'postgresql' ? numbered(tokens) : tokens.map(({ text }) => text).join(''),
  };
}

/** MySQL plans changes only for those who may make them; `#` begins a comment, and `@` a variable. */
function plannableByMysql(tokens: readonly Token[], words: readonly string[], first: string): Plannable {
  if (!/^(?:SELECT|WITH)$/.test(first) || words.some((word) => word === 'UPDATE' || word === 'DELETE'))
    return refused('only SELECT is planned by MySQL');
  // What is constant may be worked out for a plan.
  if (words.some((word) => costly.has(word))) return refused('it waits, or reads more than tables');
  if (tokens.some(({ text }) => /^[#@"[]|^[:$]./.test(text))) return refused('it is not of the form that MySQL has');
  return { kind: 'plannable', sql: tokens.map(({ text }) => text).join('') };
}

const costly: ReadonlySet<string> = new Set(['SLEEP', 'BENCHMARK', 'LOAD_FILE', 'GET_LOCK', 'MASTER_POS_WAIT']);

/** `INTO` writes a table; the others begin another statement or read files. */
const forbidden: ReadonlySet<string> = new Set([
  ...[
    'INTO',
    'OUTFILE',
    'DUMPFILE',
    'COPY',
    'ATTACH',
    'DETACH',
    'PRAGMA',
    'VACUUM',
    'CALL',
    'DO',
    'EXECUTE',
    'PREPARE',
  ],
  ...[
    'EXPLAIN',
    'ANALYZE',
    'ANALYSE',
    'GRANT',
    'REVOKE',
    'CREATE',
    'DROP',
    'ALTER',
    'TRUNCATE',
    'INSERT',
    'MERGE',
    'REPLACE',
  ],
]);

interface Token {
  readonly kind: 'word' | 'quoted' | 'placeholder' | 'other';
  readonly text: string;
}

const forms: readonly (readonly [Token['kind'], RegExp])[] = [
  ['word', /[\p{L}_][\p{L}\p{N}_$]*/uy],
  ['quoted', /"(?:[^"\0]|"")*"|`[^`\0]*`|\[[\p{L}\p{N}_ ]+\]/uy],
  // `$1`, and what stands for a value in a shape; the ends of longer ones are what they are.
  ['placeholder', /\$\d{1,5}|[:@][A-Za-z_]\w*|\?\d*/y],
  ['other', /\s+|\d+(?:\.\d+)?|::|->>?|#>>?|[<>=!~^&|%+\-*/.,()[\]{}:@#]/y],
];

/** Undefined: something in it is none of a shape: a text, a comment, a second statement. */
function tokensOf(statement: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  for (let at = 0; at < statement.length; ) {
    if (statement.startsWith('--', at) || statement.startsWith('/*', at)) return undefined;
    const found = forms.flatMap(([kind, form]) => {
      form.lastIndex = at;
      const [text] = form.exec(statement) ?? [];
      return text === undefined ? [] : [{ kind, text }];
    })[0];
    if (found === undefined) return undefined;
    tokens.push(found);
    at += found.text.length;
  }
  return tokens;
}

/** PostgreSQL's `$n`: each `?` gets a number that no other has. */
function numbered(tokens: readonly Token[]): string {
  let last = tokens.reduce((most, { kind, text }) => {
    return kind === 'placeholder' && text.startsWith('$') ? Math.max(most, Number(text.slice(1))) : most;
  }, 0);
  return tokens
    .map(({ kind, text }) => {
      if (kind !== 'placeholder' || !text.startsWith('?')) return text;
      last += 1;
      return `$${last}`;
    })
    .join('');
}
