/**
 * What the names of a file stand for, as far as its text tells: imports, types of parameters and fields, and what a
 * variable was made from. By file and not by scope: a name that stands for two things stands for none.
 */
import type { ReachKind } from '@runlens/agent/review/change';
import type { Node } from 'web-tree-sitter';
import { reachOfModule } from './ecmascript-modules.ts';

export type Binding =
  | { readonly kind: 'import'; readonly module: string; readonly imported: string }
  | { readonly kind: 'type'; readonly type: string }
  | { readonly kind: 'from'; readonly chain: readonly string[] }
  | { readonly kind: 'unknown' };

/** Nested deeper than this is no code that anybody wrote; a chain longer than this neither. */
const deepest = 400;
const longestChain = 24;

/** The path of what is called or read, `()` for a call within it: `knex('a').first` is `knex`, `()`, `first`. */
export function chainOf(node: Node | null, left = longestChain): string[] | undefined {
  if (!node || left === 0) return undefined;
  switch (node.type) {
    case 'identifier':
    case 'this':
    case 'super':
      return [node.text];
    case 'member_expression': {
      const object = chainOf(node.childForFieldName('object'), left - 1);
      const property = node.childForFieldName('property');
      return object && property ? [...object, property.text] : undefined;
    }
    case 'subscript_expression': {
      const object = chainOf(node.childForFieldName('object'), left - 1);
      return object && [...object, '[]'];
    }
    case 'call_expression': {
      const callee = chainOf(node.childForFieldName('function'), left - 1);
      return callee && [...callee, '()'];
    }
    case 'new_expression': {
      const made = chainOf(node.childForFieldName('constructor'), left - 1);
      return made && ['new', ...made];
    }
    case 'await_expression':
    case 'parenthesized_expression':
    case 'non_null_expression':
    case 'as_expression':
    case 'satisfies_expression':
      return chainOf(node.firstNamedChild, left - 1);
    default:
      return undefined;
  }
}

export class Bindings {
  readonly #known = new Map<string, Binding>();

  constructor(root: Node) {
    this.#visit(root, 0);
  }

  of(name: string): Binding | undefined {
    return this.#known.get(name);
  }

  /** The class or interface of a value: of `catalog` in `catalog: Catalog`, of `this.#stock`, of `new Pool()`. */
  typeOf(chain: readonly string[], left = 5): string | undefined {
    if (left === 0) return undefined;
    const [head, ...rest] = keyed(chain);
    if (head === 'new') return rest.length === 1 ? rest[0] : undefined;
    // A singleton: `Server.getInstance()`.
    if (rest.length === 2 && /^(?:getInstance|instance)$/.test(rest[0] ?? '') && rest[1] === '()') return head;
    if (head === undefined || rest.length > 0) return undefined;
    const binding = this.#known.get(head);
    if (binding?.kind === 'type') return binding.type;
    return binding?.kind === 'from' ? this.typeOf(binding.chain, left - 1) : undefined;
  }

  /** What a value reaches because of the package that it comes from. `made`: it was imported or made, not only typed. */
  reachOf(chain: readonly string[], left = 6): { readonly kind: ReachKind; readonly made: boolean } | undefined {
    if (left === 0) return undefined;
    const [head, ...rest] = keyed(chain);
    if (head === 'new') return this.reachOf(rest, left - 1);
    const binding = head === undefined ? undefined : this.#known.get(head);
    switch (binding?.kind) {
      case 'import': {
        const kind = reachOfModule(binding.module);
        return kind && { kind, made: true };
      }
      case 'type': {
        const of = this.reachOf([binding.type], left - 1);
        return of && { kind: of.kind, made: false };
      }
      case 'from':
        return this.reachOf(binding.chain, left - 1);
      default:
        return undefined;
    }
  }

  #bind(name: string, binding: Binding): void {
    const known = this.#known.get(name);
    if (known === undefined || (known.kind === 'from' && binding.kind === 'type')) {
      this.#known.set(name, binding);
      return;
    }
    const same = JSON.stringify(known) === JSON.stringify(binding);
    // A field is declared by its type and then assigned, which tells no more.
    const tellsLess = known.kind === 'type' && binding.kind === 'from' && name.startsWith('this.');
    if (!same && !tellsLess) this.#known.set(name, { kind: 'unknown' });
  }

  #visit(node: Node, depth: number): void {
    if (depth > deepest) return;
    switch (node.type) {
      case 'import_statement':
        this.#import(node);
        return;
      case 'variable_declarator':
        this.#declare(node.childForFieldName('name'), node.childForFieldName('value'), typeIn(node));
        break;
      case 'required_parameter':
      case 'optional_parameter': {
        const pattern = node.childForFieldName('pattern');
        const type = typeIn(node);
        if (pattern?.type === 'identifier') {
          this.#bind(pattern.text, type === undefined ? { kind: 'unknown' } : { kind: 'type', type });
          const isField = node.children.some(
            (child) => child.type === 'accessibility_modifier' || child.type === 'readonly',
          );
          if (isField && type !== undefined) this.#bind(`this.${pattern.text}`, { kind: 'type', type });
        }
        break;
      }
      case 'formal_parameters':
        // JavaScript has its parameters here as they are.
        for (const child of node.namedChildren) {
          if (child.type === 'identifier') this.#bind(child.text, { kind: 'unknown' });
        }
        break;
      case 'public_field_definition':
      case 'field_definition': {
        const name = node.childForFieldName('name') ?? node.childForFieldName('property');
        const type = typeIn(node);
        const value = chainOf(node.childForFieldName('value'));
        if (name && type !== undefined) this.#bind(`this.${name.text}`, { kind: 'type', type });
        else if (name && value) this.#bind(`this.${name.text}`, { kind: 'from', chain: value });
        break;
      }
      case 'assignment_expression': {
        const left = node.childForFieldName('left');
        const chain = left?.type === 'member_expression' ? chainOf(left) : undefined;
        const value =
          chain?.[0] === 'this' && chain.length === 2 ? chainOf(node.childForFieldName('right')) : undefined;
        if (chain && value) this.#bind(chain.join('.'), { kind: 'from', chain: value });
        break;
      }
    }
    for (const child of node.namedChildren) this.#visit(child, depth + 1);
  }

  #declare(name: Node | null, value: Node | null, type: string | undefined): void {
    if (!name) return;
    const module = requiredModule(value);
    if (name.type === 'identifier') {
      const chain = chainOf(value);
      if (type !== undefined) this.#bind(name.text, { kind: 'type', type });
      else if (module !== undefined) this.#bind(name.text, { kind: 'import', module, imported: '*' });
      else if (chain) this.#bind(name.text, { kind: 'from', chain });
      else if (value) this.#bind(name.text, { kind: 'unknown' });
    } else if (name.type === 'object_pattern') {
      for (const part of name.namedChildren) {
        const key = part.type === 'pair_pattern' ? part.childForFieldName('key')?.text : part.text;
        const local = part.type === 'pair_pattern' ? part.childForFieldName('value') : part;
        if (key === undefined || !local || !/^(?:identifier|shorthand_property_identifier_pattern)$/.test(local.type))
          continue;
        const chain = chainOf(value);
        if (module !== undefined) this.#bind(local.text, { kind: 'import', module, imported: key });
        else if (chain) this.#bind(local.text, { kind: 'from', chain: [...chain, key] });
      }
    }
  }

  #import(node: Node): void {
    const source = node.childForFieldName('source');
    const module = source?.text.slice(1, -1);
    if (module === undefined) return;
    for (const clause of node.namedChildren.filter(({ type }) => type === 'import_clause')) {
      for (const part of clause.namedChildren) {
        if (part.type === 'identifier') this.#bind(part.text, { kind: 'import', module, imported: 'default' });
        if (part.type === 'namespace_import' && part.firstNamedChild) {
          this.#bind(part.firstNamedChild.text, { kind: 'import', module, imported: '*' });
        }
        if (part.type !== 'named_imports') continue;
        for (const each of part.namedChildren) {
          const imported = each.childForFieldName('name');
          const local = each.childForFieldName('alias') ?? imported;
          if (imported && local) this.#bind(local.text, { kind: 'import', module, imported: imported.text });
        }
      }
    }
  }
}

/** `this.#stock` is one name. */
export const keyed = (chain: readonly string[]): readonly string[] =>
  chain[0] === 'this' && chain.length > 1 ? [`this.${chain[1]}`, ...chain.slice(2)] : chain;

/** `require('x')`, `await import('x')`, and a property of it. */
function requiredModule(value: Node | null): string | undefined {
  const match = /^(?:await\s+import|require)\(\s*(['"])([^'"]{1,300})\1\s*\)$/.exec((value?.text ?? '').slice(0, 400));
  return match?.[2];
}

/** The one name that a type annotation holds, but for `undefined` and `null`. */
function typeIn(node: Node): string | undefined {
  const annotation = node.childForFieldName('type');
  const type = annotation?.type === 'type_annotation' ? annotation.firstNamedChild : annotation;
  return type
    ? /^(?:readonly\s+)?([A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)?)(?:<[\s\S]*>)?(?:\s*\|\s*(?:undefined|null))*$/.exec(
        type.text.slice(0, 300),
      )?.[1]
    : undefined;
}
