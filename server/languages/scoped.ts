/**
 * Functions of languages that name them where they are declared. The rule is the same for all of them:
 * what encloses a function is in front of its name, with dots: `Class.method`, `outer.inner`, a function of the module
 * by its name alone. Packages and namespaces are not part of it (each file has one; {@link stripNamespace}), and
 * nameless functions belong to the function around them, unless a language's file says otherwise.
 */
import type { Node, Tree } from 'web-tree-sitter';
import { type FoundFunction, foundFunction } from './definition.ts';
import { type Path, type WalkPlan, walkTree } from './tree-walk.ts';

export interface Enclosing {
  /** The qualified name of what encloses the function; empty at the top of the file. */
  readonly prefix: string;
  /** The nameless functions met so far in the enclosing function, this one included. */
  nextNameless(): number;
}

export interface Named {
  readonly name: string;
  /** The whole qualified name; absent: the name after what encloses it. */
  readonly qualified?: string;
  readonly nameNode?: Node | null;
  readonly body?: Node | null;
  readonly firstToken?: Node;
}

export interface ScopedRules {
  /** What the text of every function and scope has in it; global flag. */
  readonly mark: RegExp;
  readonly skip?: readonly string[];
  /** By node type; null: not a function after all, such as one without a body. */
  readonly functions: Readonly<Record<string, (node: Node, enclosing: Enclosing, path: Path) => Named | null>>;
  /** By node type: what it adds to the names within; empty: nothing. */
  readonly scopes: Readonly<Record<string, (node: Node) => string>>;
}

interface Scope {
  readonly prefix: string;
  readonly isFunction: boolean;
  nameless: number;
}

/** Makes the `functions` of a language definition out of its rules. */
export function scopedFunctions(rules: ScopedRules): (tree: Tree, text: string) => FoundFunction[] {
  const plan: WalkPlan = {
    mark: rules.mark,
    visit: [...Object.keys(rules.functions), ...Object.keys(rules.scopes)],
    keep: [],
    skip: rules.skip ?? [],
  };
  return (tree, text) => {
    const scopes: Scope[] = [{ prefix: '', isFunction: true, nameless: 0 }];
    const found: FoundFunction[] = [];
    const enter = (path: Path): boolean => {
      const frame = path.at(-1);
      if (!frame?.node) return false;
      const prefix = scopes.at(-1)?.prefix ?? '';
      const scope = rules.scopes[frame.type];
      if (scope) {
        const segment = scope(frame.node);
        scopes.push({ prefix: join(prefix, segment), isFunction: false, nameless: 0 });
        return true;
      }
      const nextNameless = (): number => {
        const enclosing = scopes.findLast(({ isFunction }) => isFunction);
        if (!enclosing) return 0;
        enclosing.nameless += 1;
        return enclosing.nameless;
      };
      const named = rules.functions[frame.type]?.(frame.node, { prefix, nextNameless }, path);
      if (!named) return false;
      const name = named.qualified ?? join(prefix, named.name);
      scopes.push({ prefix: name.replace(/^[gs]et /, ''), isFunction: true, nameless: 0 });
      if (!frame.inError || !frame.node.hasError) {
        found.push(
          foundFunction(name, frame.node, {
            uncertain: frame.inError,
            nameNode: named.nameNode ?? null,
            body: named.body ?? frame.node.childForFieldName('body'),
            ...(named.firstToken ? { firstToken: named.firstToken } : {}),
          }),
        );
      }
      return true;
    };
    walkTree(tree, text, plan, enter, () => scopes.pop());
    return found;
  };
}

export const join = (prefix: string, name: string): string =>
  prefix === '' ? name : name === '' ? prefix : `${prefix}.${name}`;

/** A function by its `name` field; null where it has no body, as in an interface. */
export function byName(node: Node): Named | null {
  const nameNode = node.childForFieldName('name');
  const body = node.childForFieldName('body');
  return nameNode && body ? { name: nameNode.text, nameNode, body } : null;
}

/** The text of the `name` field. */
export const nameOf = (node: Node): string => node.childForFieldName('name')?.text ?? '';

/** A reported name without the package or namespace that the file declares, with dots between its parts. */
export function stripNamespace(reported: string, namespace: string | undefined): string {
  const dotted = reported.replace(/::|->|[\\$#+]/g, '.').replace(/^\.+/, '');
  const prefix = namespace?.replace(/::|\\/g, '.');
  return prefix && dotted.startsWith(`${prefix}.`) ? dotted.slice(prefix.length + 1) : dotted;
}

/** The first of these nodes among the children of the root, or of the first child that is one of `within`. */
export function topLevel(tree: Tree, type: string): Node | undefined {
  return tree.rootNode.namedChildren.find((child) => child.type === type);
}
