/**
 * Whether a text may be run: one statement that reads. SQLite itself is asked once more where Node lets it be
 * (`query-process.ts`); a Node before 24.10 does not, and there this is the only guard, so it is strict: what it refuses
 * without need can be written otherwise.
 */

/** Undefined: it may run. Else why not, and what to write. */
export function refusal(sql: string): string | undefined {
  // SQLite would take the text for ended there.
  if (sql.includes('\0')) return 'There is a NUL character in it.';
  const tokens = tokensOf(sql);
  if (tokens === undefined) return 'A comment, a string or a quoted name does not end.';
  const statement = tokens.at(-1) === ';' ? tokens.slice(0, -1) : tokens;
  if (statement.includes(';')) return 'Write one statement: there is something behind its end.';
  const [first] = statement;
  if (first === undefined || !reading.has(first)) {
    return 'Only SELECT is possible (also WITH … SELECT, and VALUES).';
  }
  const written = statement.find((token) => writing.has(token));
  if (written !== undefined)
    return `${written.toUpperCase()} is not possible: write a statement that only reads. A name that is such a word is to be quoted.`;
  const pragma = statement.find((token) => token.startsWith('pragma_'));
  if (pragma !== undefined) return 'Settings of the database are not to be read.';
  return undefined;
}

const reading: ReadonlySet<string> = new Set(['select', 'with', 'values']);
const writing: ReadonlySet<string> = new Set([
  ...['insert', 'update', 'delete', 'create', 'drop', 'alter', 'attach', 'detach', 'pragma', 'vacuum', 'reindex'],
  ...['analyze', 'begin', 'commit', 'rollback', 'savepoint', 'release', 'explain', 'load_extension', 'edit'],
]);

/** Unquoted words in lower case, and semicolons; strings, quoted names, numbers and comments are left out but for names of pragmas. */
function tokensOf(sql: string): string[] | undefined {
  const tokens: string[] = [];
  let at = 0;
  while (at < sql.length) {
    const character = sql.charAt(at);
    const two = sql.slice(at, at + 2);
    if (two === '--') {
      const end = sql.indexOf('\n', at);
      at = end < 0 ? sql.length : end + 1;
    } else if (two === '/*') {
      const end = sql.indexOf('*/', at + 2);
      if (end < 0) return undefined;
      at = end + 2;
    } else if (character === "'" || character === '"' || character === '`' || character === '[') {
      const end = endOfQuoted(sql, at, character === '[' ? ']' : character);
      if (end === undefined) return undefined;
      const quoted = sql.slice(at + 1, end - 1).toLowerCase();
      // Also in single quotes: SQLite takes a string for a name where only a name can be.
      if (quoted.startsWith('pragma_')) tokens.push(quoted);
      at = end;
    } else if (/[A-Za-z_\u0080-\uffff]/.test(character)) {
      const word = /^[\w$\u0080-\uffff]+/.exec(sql.slice(at))?.[0] ?? character;
      tokens.push(word.toLowerCase());
      at += word.length;
    } else {
      if (character === ';') tokens.push(';');
      else if (!/\s/.test(character)) tokens.push(character);
      at += 1;
    }
  }
  return tokens;
}

/** Behind the closing mark; a doubled mark stands for itself, but for `]`. */
function endOfQuoted(sql: string, start: number, mark: string): number | undefined {
  let at = start + 1;
  while (at < sql.length) {
    const end = sql.indexOf(mark, at);
    if (end < 0) return undefined;
    if (mark === ']' || sql.charAt(end + 1) !== mark) return end + 1;
    at = end + 2;
  }
  return undefined;
}
