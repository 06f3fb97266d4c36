/** What the functions of a JavaScript or TypeScript text do, by its syntax tree: calls, where they stand, and safeguards. */
import type { ReachKind, SafeguardKind } from '@runlens/agent/review/change';
import type { Node } from 'web-tree-sitter';
import type { ParsedText } from '../documents/parsed-text.ts';
import { Bindings, chainOf } from './ecmascript-bindings.ts';
import {
  callableModules,
  databaseReceiver,
  mapperMethod,
  modelMethod,
  performs,
  statementMethod,
  statementSummary,
} from './ecmascript-modules.ts';

export interface Call {
  readonly chain: readonly string[];
  readonly line: number;
  readonly inLoop: boolean;
  readonly conditional: boolean;
  /** The sides of conditions on which it stands, as `12+` and `12-`: what stands on both sides of one excludes each other. */
  readonly branches: readonly string[];
  /** The call itself is the operation. */
  readonly direct: { readonly kind: ReachKind; readonly summary?: string } | undefined;
}

export interface Safeguard {
  readonly kind: SafeguardKind;
  readonly line: number;
  /** The text by which two of them are the same; never shown. */
  readonly key: string;
  /** Names of what it keeps: it is lost only where some of that stays. */
  readonly keeps: readonly string[];
}

/** How a function within another is called by it. */
export interface Nested {
  readonly parent: number;
  /** `element`: for each element; `once`: at most once a call; `apart`: by name, or by an event. */
  readonly use: 'element' | 'once' | 'apart';
  readonly inLoop: boolean;
  readonly conditional: boolean;
  readonly branches: readonly string[];
}

export interface FunctionBehaviour {
  readonly calls: Call[];
  readonly safeguards: Safeguard[];
  /** The identifiers of its own text, to tell whether what a safeguard kept is still there. */
  readonly names: Set<string>;
  /** Those that some condition looks at. */
  readonly tested: Set<string>;
}

export interface FileBehaviour {
  readonly bindings: Bindings;
  /** By index of the function. */
  readonly functions: readonly FunctionBehaviour[];
  readonly nested: ReadonlyMap<number, Nested>;
}

/** Longer texts (UTF-16 units) are generated more often than written, and reading them takes seconds. */
export const longestRead = 600_000;
const deepest = 400;

const functionTypes = new Set([
  'function_declaration',
  'generator_function_declaration',
  'function_expression',
  'generator_function',
  'arrow_function',
  'method_definition',
]);
const elementMethod =
  /^(?:map|forEach|filter|reduce|reduceRight|some|every|find|findIndex|findLast|findLastIndex|flatMap|sort|toSorted|from|mapSeries|each|eachSeries|eachLimit|mapLimit|pMap)$/;
const apartMethod =
  /^(?:on|once|off|addListener|addEventListener|removeListener|subscribe|listen|setInterval|setTimeout|setImmediate|nextTick|queueMicrotask|use|get|post|put|patch|delete|all|route|register|addHook|hook|decorate|handle|test|it|describe|beforeEach|afterEach|before|after|beforeAll|afterAll|command|action|bind)$/;

interface Context {
  readonly owner: number;
  readonly inLoop: boolean;
  readonly conditional: boolean;
  readonly branches: readonly string[];
  /** Of the function: a condition has left it above here, and the sides on which it goes on. */
  readonly exits: { left: boolean; readonly branches: string[] };
}

export function ecmascriptBehaviour(parsed: ParsedText): FileBehaviour {
  const tree = parsed.copyTree();
  try {
    return new Reading(parsed, tree.rootNode).result();
  } finally {
    tree.delete();
  }
}

class Reading {
  readonly #parsed: ParsedText;
  readonly #bindings: Bindings;
  readonly #functions: FunctionBehaviour[];
  readonly #nested = new Map<number, Nested>();
  readonly #byPlace = new Map<string, number>();

  constructor(parsed: ParsedText, root: Node) {
    this.#parsed = parsed;
    this.#bindings = new Bindings(root);
    this.#functions = parsed.functions.map(() => ({
      calls: [],
      safeguards: [],
      names: new Set<string>(),
      tested: new Set<string>(),
    }));
    parsed.functions.forEach(({ startIndex, endIndex }, index) => {
      this.#byPlace.set(`${startIndex}:${endIndex}`, index);
    });
    this.#visit(
      root,
      { owner: -1, inLoop: false, conditional: false, branches: [], exits: { left: false, branches: [] } },
      0,
    );
  }

  result(): FileBehaviour {
    return { bindings: this.#bindings, functions: this.#functions, nested: this.#nested };
  }

  #visit(node: Node, context: Context, depth: number): void {
    if (depth > deepest) return;
    if (functionTypes.has(node.type)) {
      this.#function(node, context, depth);
      return;
    }
    const own = this.#functions[context.owner];
    const into = (child: Node | null, changes: Partial<Context> = {}): void => {
      if (child) this.#visit(child, { ...context, ...changes }, depth + 1);
    };
    switch (node.type) {
      case 'comment':
      case 'import_statement':
      case 'type_annotation':
      case 'interface_declaration':
      case 'type_alias_declaration':
      case 'string':
        return;
      case 'identifier':
      case 'property_identifier':
      case 'private_property_identifier':
      case 'shorthand_property_identifier':
        own?.names.add(node.text);
        return;
      case 'for_statement':
        into(node.childForFieldName('initializer'));
        for (const field of ['condition', 'increment', 'body']) into(node.childForFieldName(field), { inLoop: true });
        return;
      case 'for_in_statement':
        into(node.childForFieldName('right'));
        into(node.childForFieldName('body'), { inLoop: true });
        return;
      case 'switch_statement':
        this.#test(node.childForFieldName('value'), context);
        break;
      case 'member_expression':
        if (node.childForFieldName('optional_chain')) this.#test(node.childForFieldName('object'), context);
        break;
      case 'while_statement':
      case 'do_statement':
        this.#test(node.childForFieldName('condition'), context);
        for (const child of node.namedChildren) into(child, { inLoop: true });
        return;
      case 'if_statement': {
        const condition = node.childForFieldName('condition');
        this.#guard(node, condition, context);
        this.#test(condition, context);
        into(condition);
        into(node.childForFieldName('consequence'), sideOf(node, context, '+'));
        into(node.childForFieldName('alternative'), sideOf(node, context, '-'));
        if (leaves(node.childForFieldName('consequence'))) context.exits.branches.push(`${node.startIndex}-`);
        return;
      }
      case 'ternary_expression':
        this.#test(node.childForFieldName('condition'), context);
        into(node.childForFieldName('condition'));
        into(node.childForFieldName('consequence'), sideOf(node, context, '+'));
        into(node.childForFieldName('alternative'), sideOf(node, context, '-'));
        return;
      case 'binary_expression': {
        const operator = node.childForFieldName('operator')?.type ?? '';
        if (['&&', '||', '??'].includes(operator)) this.#test(node.childForFieldName('left'), context);
        into(node.childForFieldName('left'));
        into(node.childForFieldName('right'), ['&&', '||', '??'].includes(operator) ? { conditional: true } : {});
        return;
      }
      case 'switch_case':
      case 'switch_default':
      case 'catch_clause':
        for (const child of node.namedChildren) into(child, { conditional: true });
        return;
      case 'try_statement': {
        if (node.childForFieldName('handler')) {
          this.#safeguard(context, 'error handling', node, 'try', calleesIn(node.childForFieldName('body')));
        }
        break;
      }
      case 'statement_block':
        // It is left for good at its end, so what stands in it happens in the last round only.
        if (context.inLoop && endsLoop(node)) {
          for (const child of node.namedChildren) into(child, { inLoop: false, conditional: true });
          if (/^(?:return|throw)_statement$/.test(node.lastNamedChild?.type ?? '')) context.exits.left = true;
          return;
        }
        break;
      case 'return_statement':
      case 'throw_statement':
        for (const child of node.namedChildren) {
          into(child, context.inLoop ? { inLoop: false, conditional: true } : {});
        }
        if (context.conditional || context.inLoop) context.exits.left = true;
        return;
      case 'call_expression':
      case 'new_expression':
        this.#call(node, context, depth);
        return;
    }
    for (const child of node.namedChildren) into(child);
  }

  #function(node: Node, context: Context, depth: number): void {
    const index = this.#indexOf(node);
    // One that the parser could not name counts for the function around it.
    if (index === undefined) {
      for (const child of node.namedChildren) this.#visit(child, context, depth + 1);
      return;
    }
    const call = node.parent?.type === 'arguments' ? node.parent.parent : null;
    const chain = call && chainOf(call.childForFieldName('function') ?? call.childForFieldName('constructor'));
    const method = chain?.at(-1) ?? '';
    const isCalledHere =
      node.parent?.type === 'parenthesized_expression' && node.parent.parent?.type === 'call_expression';
    const use = call
      ? elementMethod.test(method)
        ? 'element'
        : apartMethod.test(method)
          ? 'apart'
          : 'once'
      : isCalledHere
        ? 'once'
        : 'apart';
    if (context.owner >= 0) {
      this.#nested.set(index, {
        parent: context.owner,
        use,
        inLoop: context.inLoop,
        conditional: context.conditional || context.exits.left,
        branches: [...context.branches, ...context.exits.branches],
      });
    }
    const inner = {
      owner: index,
      inLoop: false,
      conditional: false,
      branches: [],
      exits: { left: false, branches: [] },
    };
    for (const child of node.namedChildren) this.#visit(child, inner, depth + 1);
  }

  #indexOf(node: Node): number | undefined {
    const known = this.#byPlace.get(`${node.startIndex}:${node.endIndex}`);
    if (known !== undefined) return known;
    // Decorators stand before the first token.
    const found = this.#parsed.functions.findIndex(
      ({ startIndex, endIndex }) =>
        endIndex === node.endIndex && startIndex > node.startIndex && node.type === 'method_definition',
    );
    return found === -1 ? undefined : found;
  }

  #call(node: Node, context: Context, depth: number): void {
    const callee = node.childForFieldName('function') ?? node.childForFieldName('constructor');
    const args = node.childForFieldName('arguments');
    const chain = chainOf(callee);
    const own = this.#functions[context.owner];
    if (chain && own) {
      const isNew = node.type === 'new_expression';
      const direct = isNew ? undefined : this.#direct(chain, args);
      own.calls.push({
        // What a constructor does is not followed: it hardly ever waits, and there are many.
        chain: isNew ? ['new', ...chain] : chain,
        line: node.startPosition.row + 1,
        inLoop: context.inLoop,
        conditional: context.conditional || context.exits.left,
        branches: [...context.branches, ...context.exits.branches],
        direct,
      });
      this.#callSafeguards(node, chain, args, context);
    }
    if (callee) this.#visit(callee, context, depth + 1);
    if (args) for (const child of args.namedChildren) this.#visit(child, context, depth + 1);
  }

  #direct(chain: readonly string[], args: Node | null): Call['direct'] {
    const method = chain.at(-1) ?? '';
    const receiver = chain.slice(0, -1);
    const first = args?.type === 'template_string' ? args : args?.firstNamedChild;
    const summary =
      first && /^(?:string|template_string)$/.test(first.type) ? statementSummary(first.text.slice(1, -1)) : undefined;
    const told = summary === undefined ? {} : { summary };
    if (chain.length === 1) {
      if (method === 'fetch' && this.#bindings.of('fetch') === undefined) return { kind: 'network' };
      const binding = this.#bindings.of(method);
      if (binding?.kind === 'import') {
        const reach = this.#bindings.reachOf(chain);
        if (reach && (performs(reach.kind, binding.imported) || callableModules.test(binding.module))) {
          return { kind: reach.kind, ...told };
        }
      }
      // sql`SELECT …` of any library.
      return args?.type === 'template_string' && summary !== undefined ? { kind: 'database', ...told } : undefined;
    }
    if (method === 'fetch' && /^(?:globalThis|window|self)$/.test(receiver.join('.'))) return { kind: 'network' };
    // A link of a chain that has done its operation already: `Model.find().count()`.
    const calledBefore = receiver.lastIndexOf('()');
    if (calledBefore > 0 && this.#direct(receiver.slice(0, calledBefore), null)) return undefined;
    if (summary !== undefined && statementMethod.test(method)) return { kind: 'database', ...told };
    const reach = this.#bindings.reachOf(receiver);
    if (reach && (reach.made || reach.kind === 'database') && performs(reach.kind, method))
      return { kind: reach.kind, ...told };
    if (mapperMethod.test(method)) return { kind: 'database' };
    const last = receiver.at(-1) ?? '';
    if (receiver.length === 1 && /^[A-Z][a-z]/.test(last) && modelMethod.test(method)) return { kind: 'database' };
    const isUnknown = reach === undefined;
    if (isUnknown && databaseReceiver.test(last) && /^(?:query|execute)$/.test(method))
      return { kind: 'database', ...told };
    if (receiver[0] === 'prisma' && receiver.length === 2 && performs('database', method)) return { kind: 'database' };
    return undefined;
  }

  #test(condition: Node | null, context: Context): void {
    const own = this.#functions[context.owner];
    if (own && condition) for (const name of identifiersIn(condition)) own.tested.add(name);
  }

  #safeguard(context: Context, kind: SafeguardKind, node: Node, key: string, keeps: readonly string[]): void {
    const own = this.#functions[context.owner];
    if (own) own.safeguards.push({ kind, line: node.startPosition.row + 1, key, keeps });
  }

  /** `if (…) return` and `if (…) throw` in front of the work; in a loop, `continue`, too. */
  #guard(node: Node, condition: Node | null, context: Context): void {
    if (context.conditional || !condition || node.childForFieldName('alternative')) return;
    const consequence = node.childForFieldName('consequence');
    if (!leaves(consequence)) return;
    this.#safeguard(context, 'guard', node, condition.text.replace(/\s+/g, ' '), identifiersIn(condition));
  }

  #callSafeguards(node: Node, chain: readonly string[], args: Node | null, context: Context): void {
    const method = chain.at(-1) ?? '';
    const receiver = chain.at(-2) ?? '';
    const path = chain.join('.');
    const inside = calleesIn(args);
    const about = method === '' ? [] : [method];
    if (path === 'AbortSignal.timeout') {
      const call = enclosingCall(node);
      const kept = call && chainOf(call.childForFieldName('function'))?.at(-1);
      this.#safeguard(context, 'time-out', node, 'signal', kept === undefined ? [] : [kept]);
    } else if (/^(?:p?timeout|with_?timeout|timeoutafter|timeout_?promise)$/i.test(method)) {
      this.#safeguard(context, 'time-out', node, method, inside);
    } else if (/^(?:p?_?retry|with_?retr(?:y|ies)|retry(?:async|operation)?|with_?backoff|backoff)$/i.test(method)) {
      this.#safeguard(context, 'retry', node, method, inside);
    } else if (
      /(?:^|[_#])(?:\w*cache|\w*Cache|memo|lru)$/.test(receiver) &&
      /^(?:get|has|fetch|wrap|remember|getOrSet|getOrCreate)$/.test(method)
    ) {
      const own = this.#functions[context.owner];
      this.#safeguard(context, 'cache', node, path, own ? [...new Set([...inside, '*'])] : inside);
    } else if (/^(?:memoi[sz]e|cached|with_?cache)$/i.test(method)) {
      this.#safeguard(context, 'cache', node, method, [...inside, ...(args ? identifiersIn(args) : [])]);
    } else if (/^(?:\$?transaction|with_?transaction|in_?transaction|run_?in_?transaction)$/i.test(method)) {
      this.#safeguard(context, 'transaction', node, method, inside);
    } else if (method === 'catch' && chain.length > 2) {
      this.#safeguard(context, 'error handling', node, 'catch', [
        chain.filter((part) => part !== '()' && part !== 'catch' && part !== 'then').at(-1) ?? '',
      ]);
    } else if (
      /^(?:exec|query|execute|run)$/.test(method) &&
      /^['"`]\s*BEGIN\b/i.test(args?.firstNamedChild?.text.slice(0, 20) ?? '')
    ) {
      this.#safeguard(context, 'transaction', node, 'BEGIN', ['*']);
    }
    for (const object of args?.namedChildren ?? []) {
      if (object.type !== 'object') continue;
      for (const pair of object.namedChildren) {
        const key = pair.childForFieldName('key')?.text;
        if (pair.type !== 'pair' || key === undefined) continue;
        if (
          /^(?:timeout|timeoutMs|timeoutMilliseconds|requestTimeout|connectTimeout|statement_timeout|query_timeout)$/.test(
            key,
          )
        ) {
          this.#safeguard(context, 'time-out', pair, key, about);
        } else if (/^(?:retries|maxRetries|retry|maxAttempts)$/.test(key)) {
          this.#safeguard(context, 'retry', pair, key, about);
        }
      }
    }
  }
}

const sideOf = (node: Node, context: Context, side: '+' | '-'): Partial<Context> => ({
  conditional: true,
  branches: [...context.branches, `${node.startIndex}${side}`],
});

/** What is behind the statement is not reached from it. */
function leaves(statement: Node | null): boolean {
  const last = statement?.type === 'statement_block' ? statement.lastNamedChild : statement;
  return last !== null && /^(?:return|throw|continue)_statement$/.test(last?.type ?? '');
}

/** After this block no further round of the loop around it comes. */
function endsLoop(block: Node): boolean {
  return /^(?:return|throw|break)_statement$/.test(block.lastNamedChild?.type ?? '');
}

/** The call whose argument, or property of an argument, this is. */
function enclosingCall(node: Node): Node | undefined {
  let current = node.parent;
  for (let steps = 0; current && steps < 8; steps += 1, current = current.parent) {
    if (current.type === 'call_expression') return current;
    if (functionTypes.has(current.type)) return undefined;
  }
  return undefined;
}

/** Last names of what is called in a part of the text. */
function calleesIn(node: Node | null): string[] {
  if (!node) return [];
  return [
    ...new Set(
      node
        .descendantsOfType('call_expression')
        .flatMap((call) => (call ? (chainOf(call.childForFieldName('function'))?.at(-1) ?? []) : [])),
    ),
  ].slice(0, 100);
}

function identifiersIn(node: Node): string[] {
  const found = node.descendantsOfType(['identifier', 'property_identifier', 'private_property_identifier']);
  const own = /^(?:identifier|property_identifier)$/.test(node.type) ? [node.text] : [];
  return [...new Set([...own, ...found.flatMap((each) => (each ? [each.text] : []))])].slice(0, 100);
}
