/** Settings in JSON, with comments where somebody wrote some: what is not ours stays as it was written. */
import {
  applyEdits,
  type FormattingOptions,
  type JSONPath,
  modify,
  type ParseError,
  parse,
  printParseErrorCode,
} from 'jsonc-parser';
import { asText, type Edited, refusedFile, type SettingsFile } from './settings-file.ts';

type Json = Readonly<Record<string, unknown>>;

export interface McpEntry {
  /** The object that servers are in, by their names. */
  readonly within: 'mcpServers' | 'servers';
  readonly server: Json;
}

export interface HookEntry {
  /** The host's name of the event. */
  readonly event: string;
  readonly command: string;
  /** Whether hooks stand in groups, each with a list of them, or by themselves. */
  readonly grouped: boolean;
  readonly hook: Json;
}

export interface JsonEntries {
  readonly mcp?: McpEntry;
  readonly hooks?: readonly HookEntry[];
  /** What a file that is new begins with. */
  readonly start?: Json;
}

const serverName = 'runlens';
/** Written by this command at any time: `runlens hook EVENT`, however the command is reached. */
const ownHook = /\brunlens(?:\.mjs)?["']? hook \w+$/;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function jsonSettings(path: string, entries: JsonEntries): SettingsFile {
  return {
    path,
    add: (before) =>
      edited(before ?? `${JSON.stringify(entries.start ?? {}, null, 2)}\n`, (file) => addTo(file, entries)),
    remove: (before) =>
      edited(before, (file) => {
        removeFrom(file, entries);
        const left = Object.keys(file.value).filter(
          (key) => JSON.stringify(file.value[key]) !== JSON.stringify(entries.start?.[key]),
        );
        if (left.length === 0 && !/\/[/*]/.test(file.text)) file.text = '';
      }),
  };
}

class Refusal extends Error {}

/** A text that is edited in place. */
class JsonFile {
  text: string;
  readonly #format: FormattingOptions;

  constructor(text: string) {
    this.text = text;
    const indent = /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
    const insertSpaces = !indent.startsWith('\t');
    this.#format = {
      insertSpaces,
      tabSize: insertSpaces ? indent.length : 1,
      eol: text.includes('\r\n') ? '\r\n' : '\n',
    };
  }

  get value(): Json {
    const errors: ParseError[] = [];
    const value: unknown = parse(this.text, errors, { allowTrailingComma: true });
    const [first] = errors;
    if (first) {
      const line = this.text.slice(0, first.offset).split('\n').length;
      throw new Refusal(
        `it is no valid JSON (line ${line}: ${printParseErrorCode(first.error)}): mend it, and run this again`,
      );
    }
    if (!isObject(value)) throw new Refusal('it holds no object: mend it, and run this again');
    return value;
  }

  set(path: JSONPath, value: unknown, isArrayInsertion = false): void {
    const options = { formattingOptions: this.#format, isArrayInsertion };
    this.text = applyEdits(this.text, modify(this.text, path, value, options));
  }
}

function edited(text: string, edit: (file: JsonFile) => void): Edited {
  // A byte order mark is none of JSON's, and editors put one there all the same.
  const mark = text.startsWith('\ufeff') ? '\ufeff' : '';
  const file = new JsonFile(text.slice(mark.length).trim() === '' ? '{}\n' : text.slice(mark.length));
  try {
    edit(file);
    if (file.text === '') return asText(undefined);
    return asText(mark + (file.text.endsWith('\n') ? file.text : `${file.text}\n`));
  } catch (error) {
    if (error instanceof Refusal) return refusedFile(error.message);
    throw error;
  }
}

function addTo(file: JsonFile, { mcp, hooks = [] }: JsonEntries): void {
  if (mcp) {
    const server = objectAt(file.value, mcp.within)[serverName];
    if (server === undefined) file.set([mcp.within, serverName], mcp.server);
    else if (!isOwnServer(server)) {
      throw new Refusal(`its ${mcp.within} has another server named ${serverName}: rename that, and run this again`);
    }
  }
  for (const { event, command, grouped, hook } of hooks) {
    const list = listAt(objectAt(file.value, 'hooks'), event);
    const places = list.flatMap((each, i) => ownPlaces(each, i, grouped));
    const [first] = places;
    if (first === undefined) {
      const entry = grouped ? { hooks: [hook] } : hook;
      if (list.length === 0) file.set(['hooks', event], [entry]);
      else file.set(['hooks', event, list.length], entry, true);
    } else if (first.command !== command) file.set(['hooks', event, ...first.path, 'command'], command);
  }
}

function removeFrom(file: JsonFile, { mcp, hooks = [] }: JsonEntries): void {
  if (mcp && isOwnServer(objectAt(file.value, mcp.within)[serverName])) {
    file.set([mcp.within, serverName], undefined);
    dropEmpty(file, [mcp.within]);
  }
  for (const { event, grouped } of hooks) {
    const list = listAt(objectAt(file.value, 'hooks'), event);
    // From the end, so that the places of the others stay.
    for (const { path } of list.flatMap((each, i) => ownPlaces(each, i, grouped)).toReversed()) {
      file.set(['hooks', event, ...path], undefined);
      if (grouped) dropEmpty(file, ['hooks', event, path[0] ?? 0, 'hooks'], ['hooks', event, path[0] ?? 0]);
    }
    dropEmpty(file, ['hooks', event]);
  }
  dropEmpty(file, ['hooks']);
}

/** Takes out `path`, or what it makes empty. */
function dropEmpty(file: JsonFile, path: JSONPath, drops: JSONPath = path): void {
  let at: unknown = file.value;
  for (const step of path) at = typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined;
  if (typeof at === 'object' && at !== null && Object.keys(at).length === 0) file.set(drops, undefined);
}

function objectAt(value: Json, key: string): Json {
  const at = Object.hasOwn(value, key) ? value[key] : undefined;
  if (at === undefined) return {};
  if (!isObject(at)) throw new Refusal(`its "${key}" is no object: mend it, and run this again`);
  return at;
}

function listAt(value: Json, key: string): readonly unknown[] {
  const at = Object.hasOwn(value, key) ? value[key] : undefined;
  if (at === undefined) return [];
  if (!Array.isArray(at)) throw new Refusal(`its hooks of "${key}" are no list: mend it, and run this again`);
  return at;
}

interface OwnPlace {
  readonly path: readonly (string | number)[];
  readonly command: string;
}

function ownPlaces(each: unknown, index: number, grouped: boolean): readonly OwnPlace[] {
  const commandOf = (hook: unknown): string | undefined => {
    const command = isObject(hook) ? hook.command : undefined;
    return typeof command === 'string' && ownHook.test(command) ? command : undefined;
  };
  if (!grouped) {
    const command = commandOf(each);
    return command === undefined ? [] : [{ path: [index], command }];
  }
  const hooks: unknown = isObject(each) ? each.hooks : undefined;
  if (!Array.isArray(hooks)) return [];
  return hooks.flatMap((hook: unknown, i) => {
    const command = commandOf(hook);
    return command === undefined ? [] : [{ path: [index, 'hooks', i], command }];
  });
}

/** Also where somebody has given it an environment of its own. */
function isOwnServer(server: unknown): boolean {
  if (!isObject(server)) return false;
  const { command, args } = server;
  return (
    typeof command === 'string' &&
    /\brunlens(?:\.mjs)?$/.test(command.trim()) &&
    Array.isArray(args) &&
    args.at(-1) === 'mcp'
  );
}
