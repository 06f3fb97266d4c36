/** The sources on one side of a change: texts, their functions and what these do, each read once and when asked for. */
import type { Reach } from '@runlens/agent/review/change';
import { reachKinds } from '@runlens/agent/review/change';
import type { ParsedText, Parsers } from '../documents/parsed-text.ts';
import { languageByPath } from '../languages/registry.ts';
import { type Call, ecmascriptBehaviour, type FileBehaviour, longestRead } from './ecmascript-behaviour.ts';
import { keyed } from './ecmascript-bindings.ts';

export interface SideFile {
  readonly path: string;
  readonly text: string;
  readonly parsed: ParsedText;
  /** Undefined: of another language, or too long to read. */
  readonly behaviour: FileBehaviour | undefined;
}

/** A function by its file and its index there. */
export interface FunctionAt {
  readonly file: SideFile;
  readonly index: number;
}

/** Files beyond those of the change that are read to see what a call reaches. */
const mostOtherFiles = 80;
/** How far calls are followed. */
const deepestReach = 4;
const mostCallsFollowed = 400;

export class SourceSide {
  readonly #parsers: Parsers;
  readonly #text: (path: string) => Promise<string | undefined>;
  readonly #has: (path: string) => Promise<boolean>;
  readonly #files = new Map<string, Promise<SideFile | undefined>>();
  readonly #reaches = new Map<string, Promise<readonly Reach[]>>();
  #others = 0;

  constructor(
    parsers: Parsers,
    has: (path: string) => Promise<boolean>,
    text: (path: string) => Promise<string | undefined>,
  ) {
    this.#parsers = parsers;
    this.#has = has;
    this.#text = text;
  }

  /** The file with its functions; undefined when it is not there, or cannot be read. */
  file(path: string): Promise<SideFile | undefined> {
    let file = this.#files.get(path);
    if (!file) {
      file = this.#read(path);
      this.#files.set(path, file);
    }
    return file;
  }

  async #read(path: string): Promise<SideFile | undefined> {
    const definition = languageByPath(path);
    const text = definition && (await this.#text(path));
    if (definition === undefined || text === undefined || text.includes('\0')) return undefined;
    const result = await this.#parsers.parse(definition, text);
    if (result.kind !== 'parsed') return undefined;
    const isRead = /^tree-sitter-(?:typescript|tsx|javascript)$/.test(definition.grammar) && text.length <= longestRead;
    return { path, text, parsed: result.parsed, behaviour: isRead ? ecmascriptBehaviour(result.parsed) : undefined };
  }

  /** The function of this repository that a call in a function calls, where the text tells it for certain. */
  async target(from: FunctionAt, call: Call): Promise<FunctionAt | undefined> {
    const { bindings } = from.file.behaviour ?? {};
    if (!bindings) return undefined;
    const chain = call.chain[0] === 'this' && call.chain.length === 2 ? call.chain : keyed(call.chain);
    const [head = '', ...rest] = chain;
    if (call.chain[0] === 'this' && call.chain.length === 2) {
      const own = from.file.parsed.functions[from.index]?.name.replace(/^[gs]et /, '').split('.') ?? [];
      for (let length = own.length - 1; length > 0; length -= 1) {
        const found = named(from.file, [...own.slice(0, length), call.chain[1] ?? ''].join('.'), from);
        if (found) return found;
      }
      return undefined;
    }
    const binding = bindings.of(head);
    if (rest.length === 0) {
      if (binding?.kind !== 'import') return this.#local(from, head);
      const isWhole = binding.imported === 'default' || binding.imported === '*';
      const names = isWhole ? ['default', head, 'exports'] : [binding.imported];
      return await this.#inModule(from.file.path, binding.module, names);
    }
    if (rest.length !== 1) return undefined;
    const method = rest[0] ?? '';
    if (binding?.kind === 'import') {
      const names =
        binding.imported === '*'
          ? // A module of functions, or one that is a class or an object.
            [method, `${head}.${method}`]
          : binding.imported === 'default'
            ? [`${head}.${method}`, `default.${method}`, method]
            : [`${binding.imported}.${method}`];
      return await this.#inModule(from.file.path, binding.module, names);
    }
    const type = bindings.typeOf([...(call.chain[0] === 'this' ? call.chain.slice(0, 2) : [head])]);
    if (type === undefined) return named(from.file, `${head}.${method}`, from);
    const [space = '', inner] = type.split('.');
    const ofType = bindings.of(space);
    if (ofType?.kind !== 'import') return named(from.file, `${type}.${method}`, from);
    const exported = inner ?? (ofType.imported === 'default' ? space : ofType.imported);
    return await this.#inModule(from.file.path, ofType.module, [`${exported}.${method}`, `default.${method}`]);
  }

  /** A function of the file that is visible from there: of the innermost function around it first. */
  #local(from: FunctionAt, name: string): FunctionAt | undefined {
    const own = from.file.parsed.functions[from.index]?.name.split('.') ?? [];
    for (let length = own.length; length >= 0; length -= 1) {
      const found = named(from.file, [...own.slice(0, length), name].join('.'));
      if (found) return found.index === from.index ? undefined : found;
    }
    return undefined;
  }

  async #inModule(from: string, specifier: string, names: readonly string[]): Promise<FunctionAt | undefined> {
    if (!/^\.\.?(?:\/|$)/.test(specifier)) return undefined;
    for (const path of modulePaths(from, specifier)) {
      if (!this.#files.has(path)) {
        if (!(await this.#has(path))) continue;
        if (this.#others >= mostOtherFiles) return undefined;
        this.#others += 1;
      }
      const file = await this.file(path);
      if (!file) continue;
      for (const name of names) {
        const found = named(file, name);
        if (found) return found;
      }
      return undefined;
    }
    return undefined;
  }

  /** What one call of a function performs, by its text and that of what it calls. */
  reach(at: FunctionAt): Promise<readonly Reach[]> {
    const key = `${at.index}:${at.file.path}`;
    let reach = this.#reaches.get(key);
    if (!reach) {
      reach = this.#follow(at);
      this.#reaches.set(key, reach);
    }
    return reach;
  }

  async #follow(start: FunctionAt): Promise<readonly Reach[]> {
    const totals = reachKinds.flatMap((kind) =>
      [false, true].map((inLoop) => ({ kind, operations: 0, conditional: 0, inLoop })),
    );
    let followed = 0;
    const open = new Set<string>();
    const walk = async (at: FunctionAt, inLoop: boolean, conditional: boolean, depth: number): Promise<void> => {
      const key = `${at.index}:${at.file.path}`;
      if (open.has(key)) return;
      open.add(key);
      for (const each of callsWithin(at)) {
        followed += 1;
        if (followed > mostCallsFollowed) break;
        const loops = inLoop || each.inLoop;
        const sometimes = conditional || each.conditional;
        const { direct } = each.call;
        if (direct) {
          const total = totals.find(({ kind, inLoop: of }) => kind === direct.kind && of === loops);
          if (total) {
            total.operations += 1;
            total.conditional += sometimes ? 1 : 0;
          }
        } else if (depth < deepestReach) {
          const target = await this.target(each.from, each.call);
          if (target) await walk(target, loops, sometimes, depth + 1);
        }
      }
      open.delete(key);
    };
    await walk(start, false, false, 0);
    return totals.filter(({ operations }) => operations > 0);
  }

  async dispose(): Promise<void> {
    for (const file of this.#files.values()) (await file)?.parsed.dispose();
    this.#files.clear();
  }
}

export interface CallWithin {
  readonly from: FunctionAt;
  readonly call: Call;
  readonly inLoop: boolean;
  readonly conditional: boolean;
  /** As those of a call, with the file. */
  readonly branches: readonly string[];
}

/** The calls of a function and of the functions within it that it calls itself; `apart` tells which of those to leave out. */
export function callsWithin(at: FunctionAt, apart: (index: number) => boolean = () => false): CallWithin[] {
  const { behaviour } = at.file;
  if (!behaviour) return [];
  const own = (behaviour.functions[at.index]?.calls ?? []).map((call) => ({
    from: at,
    call,
    inLoop: call.inLoop,
    conditional: call.conditional,
    branches: call.branches.map((branch) => `${at.file.path}:${branch}`),
  }));
  const inner = [...behaviour.nested].flatMap(([index, nested]) => {
    if (nested.parent !== at.index || nested.use === 'apart' || apart(index)) return [];
    return callsWithin({ file: at.file, index }, apart).map((each) => ({
      ...each,
      inLoop: each.inLoop || nested.inLoop || nested.use === 'element',
      conditional: each.conditional || nested.conditional,
      branches: [...nested.branches.map((branch) => `${at.file.path}:${branch}`), ...each.branches],
    }));
  });
  return [...own, ...inner];
}

/** The function of that name; of twins (a static method and another, say) that which is not asking, if one is. */
function named(file: SideFile, name: string, from?: FunctionAt): FunctionAt | undefined {
  const own = from?.file === file ? from.index : -1;
  const found = file.parsed.functions.flatMap((each, index) => (each.name === name && index !== own ? [index] : []));
  const [index] = found;
  return index !== undefined && found.length === 1 ? { file, index } : undefined;
}

const endings = ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.mts', '.cts', '.jsx'];

/** The files that a relative specifier may mean, in the order in which they are looked for. */
export function modulePaths(from: string, specifier: string): string[] {
  const parts = from.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return [];
    } else if (part !== '.' && part !== '') parts.push(part);
  }
  const path = parts.join('/');
  const written = path.replace(/\.([cm]?)js(x?)$/, '.$1ts$2');
  return [
    ...(/\.[cm]?[jt]sx?$/.test(path) ? [path] : []),
    ...(written !== path ? [written] : []),
    ...endings.map((ending) => `${path}${ending}`),
    ...endings.map((ending) => (path === '' ? `index${ending}` : `${path}/index${ending}`)),
  ];
}
