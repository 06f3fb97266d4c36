/** Settings in TOML: a block of ours between two comments, as no library writes TOML and keeps the comments of others. */
import { parse } from 'smol-toml';
import { asText, type Edited, refusedFile, type SettingsFile } from './settings-file.ts';

const begin = '# Written by "runlens init"; "runlens init --remove" takes it out.';
const end = '# End of what "runlens init" wrote.';

/** `table`: the name of the table that the block makes, as `mcp_servers.runlens`. */
export function tomlSettings(path: string, table: readonly [string, string], lines: readonly string[]): SettingsFile {
  const block = `${begin}\n[${table.join('.')}]\n${lines.join('\n')}\n${end}\n`;
  return { path, add: (before = '') => add(before, block, table), remove };
}

function add(before: string, block: string, [group, name]: readonly [string, string]): Edited {
  const known = read(before);
  if (typeof known === 'string') return refusedFile(`it is no valid TOML (${known}): mend it, and run this again`);
  const tables: unknown = known[group];
  const isThere = typeof tables === 'object' && tables !== null && Object.hasOwn(tables, name);
  const place = placeOf(before);
  if (isThere && place === undefined) return asText(before);
  const rest = place === undefined ? before : before.slice(0, place.from) + before.slice(place.to);
  const eol = before.includes('\r\n') ? '\r\n' : '\n';
  const own = block.replaceAll('\n', eol);
  if (place !== undefined && before.slice(place.from, place.to) === own) return asText(before);
  const after = rest === '' ? own : `${rest}${rest.endsWith('\n') ? '' : eol}${place ? '' : eol}${own}`;
  const problem = read(after);
  // Where the group is written in one line, no table can be added to it.
  if (typeof problem === 'string')
    return refusedFile(`no table can be added to it (${problem}): add [${group}.${name}] by hand`);
  return asText(after);
}

function remove(before: string): Edited {
  const place = placeOf(before);
  if (place === undefined) return asText(before);
  const rest = before.slice(0, place.from).replace(/(\r?\n)\r?\n$/, '$1') + before.slice(place.to);
  return asText(rest.trim() === '' ? undefined : rest);
}

function placeOf(text: string): { readonly from: number; readonly to: number } | undefined {
  const from = text.indexOf(begin);
  const last = from === -1 ? -1 : text.indexOf(end, from);
  if (last === -1) return undefined;
  const line = text.indexOf('\n', last);
  return { from, to: line === -1 ? text.length : line + 1 };
}

/** The sentence of the parser where it cannot be read. */
function read(text: string): Readonly<Record<string, unknown>> | string {
  try {
    return parse(text);
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? 'it cannot be read') : String(error);
  }
}
