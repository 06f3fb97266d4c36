/** A plan in words, with the index that may be missing. */
import { cleanText } from '../../ingest/clean-text.ts';
import type { Plan } from './plan.ts';

const mostTables = 3;
const mostColumns = 4;

/** Sentences; what they name is of the database and of the statement. */
export function planEvidence(plan: Plan, statement: string): readonly string[] {
  const { scans, sorts, indexes } = plan;
  const lines = scans.slice(0, mostTables).map((scan) => {
    const table = tableOf(statement, scan.table);
    const weighed = scan.weighed ?? [];
    if (weighed.length > 0) {
      return `EXPLAIN: ${cleanText(table)} is read whole, though it has ${weighed.slice(0, mostTables).map(cleanText).join(', ')}: for the values that were supposed here no index was held to be quicker`;
    }
    const columns = columnsOf(statement, table, scans.length);
    const candidate =
      columns.length === 0
        ? ''
        : `; an index on ${cleanText(table)} (${columns.map(cleanText).join(', ')}) is a candidate`;
    return `EXPLAIN: ${cleanText(table)} is read whole, by no index${candidate}`;
  });
  if (sorts) lines.push('EXPLAIN: the rows are sorted for it, as no index gives them in that order');
  if (lines.length === 0) {
    lines.push(
      indexes.length === 0
        ? 'EXPLAIN: no table is read whole'
        : `EXPLAIN: it is found by the index ${indexes.slice(0, mostTables).map(cleanText).join(', ')}: an index is not what is missing`,
    );
  }
  return lines;
}

const name = String.raw`(?:"[^"]+"|\x60[^\x60]+\x60|[\p{L}_][\p{L}\p{N}_]*)`;
const compared = new RegExp(
  String.raw`(?:(${name})\.)?(${name})\s*(?:=|<=|>=|<>|<|>|\bIN\b|\bBETWEEN\b|\bIS\b)`,
  'giu',
);
/** On the other side only with its table: else it may be anything. */
const comparedWith = new RegExp(String.raw`(?:=|<|>)\s*(${name})\.(${name})`, 'giu');
const reserved = /^(?:and|or|not|where|on|select|from|case|when|then|else|end|set|between|in|is|like|limit|offset)$/i;

/** Columns of a table that the statement compares, then those it sorts by. Those without a table count where there is one. */
export function columnsOf(statement: string, table: string, tables: number): readonly string[] {
  const own = aliasesOf(statement, table);
  const isOwn = (qualifier: string | undefined): boolean =>
    qualifier === undefined ? tables === 1 && !/\bJOIN\b/i.test(statement) : own.has(bare(qualifier));
  const condition = /\bWHERE\b([\s\S]*)/i.exec(statement)?.[1] ?? '';
  const joins = [...statement.matchAll(/\bON\b([\s\S]*?)(?=\bJOIN\b|\bWHERE\b|\bORDER\b|\bGROUP\b|$)/gi)].map(
    ([, text = '']) => text,
  );
  const [where = '', ...rest] = condition.split(/\b(?:GROUP|ORDER)\s+BY\b/i);
  const order = /\bORDER\s+BY\b([\s\S]*?)(?=\bLIMIT\b|\bOFFSET\b|\bFOR\b|$)/i.exec(statement)?.[1] ?? rest.join(' ');
  const found = [where, ...joins].flatMap((text) =>
    [...text.matchAll(compared), ...text.matchAll(comparedWith)].flatMap(([, qualifier, column = '']) =>
      isOwn(qualifier) ? [bare(column)] : [],
    ),
  );
  const sorted = order.split(',').flatMap((part) => {
    const [, qualifier, column = ''] =
      new RegExp(String.raw`^\s*(?:(${name})\.)?(${name})\s*(?:ASC|DESC|NULLS|$)`, 'iu').exec(part) ?? [];
    return column !== '' && isOwn(qualifier) ? [bare(column)] : [];
  });
  return [...new Set([...found, ...sorted])].filter((column) => !reserved.test(column)).slice(0, mostColumns);
}

const tableNamed = new RegExp(
  String.raw`(?:\b(?:FROM|JOIN|UPDATE)\s+|,\s*)(?:${name}\.)?(${name})(?:\s+(?:AS\s+)?(${name}))?`,
  'giu',
);
const noAlias =
  /^(?:as|on|where|join|left|right|inner|outer|full|cross|natural|using|set|order|group|limit|having|union|for|window|returning)$/i;

/** `users`, and `u` of `FROM users AS u`. */
function aliasesOf(statement: string, table: string): ReadonlySet<string> {
  const aliases = new Set([bare(table)]);
  for (const [, of = '', alias] of statement.matchAll(tableNamed)) {
    if (bare(of) === bare(table) && alias !== undefined && !noAlias.test(alias)) aliases.add(bare(alias));
  }
  return aliases;
}

/** The table that goes by that name in the statement; SQLite tells the alias. */
function tableOf(statement: string, told: string): string {
  for (const [, of = '', alias] of statement.matchAll(tableNamed)) {
    if (alias !== undefined && !noAlias.test(alias) && bare(alias) === bare(told)) return of.replaceAll(/["`]/g, '');
  }
  return told;
}

const bare = (text: string): string => text.replaceAll(/["`]/g, '').toLowerCase();
