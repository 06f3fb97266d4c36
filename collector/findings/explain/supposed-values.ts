/**
 * Values for the placeholders of a statement that MySQL is to plan: it plans none without. A value of another type than its column
 * would change the plan (a number for a text makes an index useless), and NULL would make it empty.
 */

/** `DATA_TYPE` of `information_schema.columns` by column, in lower case. */
export type ColumnTypes = ReadonlyMap<string, string>;

const tokens = /`[^`]*`|[\p{L}_][\p{L}\p{N}_$]*|\?|<=>|<>|!=|<=|>=|[\s\S]/gu;

/** Names that a placeholder stands beside, in lower case: their types are asked for. */
export function comparedColumns(sql: string): readonly string[] {
  const columns = new Set<string>();
  withValues(sql, (column) => {
    if (column !== undefined) columns.add(column);
    return '';
  });
  return [...columns];
}

/** The statement with a literal in place of each `?`, no two of a type alike: `IN` of the same twice would be planned as one. */
export function withSupposedValues(sql: string, types: ColumnTypes): string {
  let number = 0;
  return withValues(sql, (column, before) => {
    number += 1;
    return literalOf(column === undefined ? undefined : types.get(column), before, number);
  });
}

function withValues(sql: string, literal: (column: string | undefined, before: string) => string): string {
  /** The name that was read last and is compared with what follows, and the word or sign before a placeholder. */
  let [column, before, name]: (string | undefined)[] = [undefined, '', undefined];
  return [...sql.matchAll(tokens)]
    .map(([token]) => {
      if (/^\s$/.test(token)) return token;
      if (token === '?') return literal(column, before ?? '');
      const word = token.toUpperCase();
      if (/^(?:=|<=>|<>|!=|<|>|<=|>=|IN|LIKE|BETWEEN)$/.test(word)) {
        column = name;
        before = word;
      } else if (/^(?:LIMIT|OFFSET)$/.test(word)) {
        column = undefined;
        before = word;
      } else if (/^(?:WHERE|ON|OR|HAVING|SELECT|FROM|ORDER|GROUP|SET|WHEN|THEN|ELSE)$/.test(word)) {
        [column, before, name] = [undefined, '', undefined];
      } else if (/^[`\p{L}_]/u.test(token) && word !== 'AND' && word !== 'NOT') {
        name = token.replaceAll('`', '').toLowerCase();
      }
      return token;
    })
    .join('');
}

const numbers = /^(?:tinyint|smallint|mediumint|int|bigint|decimal|numeric|float|double|real|bit|year)$/;
const instants = /^(?:date|datetime|timestamp)$/;

function literalOf(type: string | undefined, before: string, number: number): string {
  if (before === 'LIMIT' || before === 'OFFSET') return '10';
  // As PostgreSQL's generic plans have it: where the wildcards are is not known.
  if (before === 'LIKE') return "'%a%'";
  if (type === undefined || numbers.test(type)) return `${number}`;
  const two = String((number % 28) + 1).padStart(2, '0');
  if (instants.test(type)) return `'2000-01-${two}'`;
  if (type === 'time') return `'00:00:${two}'`;
  if (type === 'uuid') return `'00000000-0000-0000-0000-0000000000${two}'`;
  return `'a${number}'`;
}
