/**
 * How a function is called in Runlens: its qualified name in the source as written.
 *
 * The sensor (which sees an ESTree) and the language server (which sees a tree-sitter tree) both walk their tree in
 * source order and tell this builder what they enter and leave; the rules that turn this into names live here once.
 * The table in `vectors.ts` pins them for both. The rules, in the order of the design:
 *
 * - `outer.inner`, `Class.method`; static and prototype members alike; a constructor is `Class.constructor`;
 * - accessors are `get Class.prop` and `set Class.prop`;
 * - a function in an object literal is `object.key`, where the literal takes its name from what it is assigned or
 *   passed to (`const routes = {…}` → `routes`, `server.route({…})` → `route`); `exports` and `module.exports` add nothing;
 * - a function without a name is `enclosing.callee(#n)`: the call that it is passed to, and n, its place among the
 *   nameless functions of its enclosing function (the module counts as one), in source order. Without a call it is
 *   `enclosing.anonymous(#n)`;
 * - names are source text: keys are not unescaped, computed keys are `[expression]`.
 */

/** What the syntax around a function, class or object literal says about its name. */
export type Binding =
  /** `function f() {}`, `class C {}`, and named expressions: their own name wins over what they are assigned to. */
  | { readonly kind: 'declared'; readonly name: string }
  /** `const f =`, `a.b =`, a default value: the target as a path, outermost first, `this` included. */
  | { readonly kind: 'assigned'; readonly path: readonly string[] }
  /** A member of the class or object literal that encloses it. */
  | { readonly kind: 'member'; readonly key: string; readonly accessor?: 'get' | 'set' }
  /** An argument of a call, or a JSX attribute; `callee` is the last identifier of what is called, if it has one. */
  | { readonly kind: 'argument'; readonly callee: string | undefined }
  /** `export default` of something without a name. */
  | { readonly kind: 'default' }
  | { readonly kind: 'none' };

interface Scope {
  readonly kind: 'function' | 'class' | 'object';
  /** What the names inside start with; empty at the top of a module. */
  readonly prefix: string;
  /** Nameless functions met so far; counted on function scopes (and the module) only. */
  nameless: number;
}

/** The longest text of a computed key that is kept in a name, in UTF-16 units. */
const longestComputedKey = 60;

const join = (prefix: string, name: string): string =>
  prefix === '' ? name : name === '' ? prefix : `${prefix}.${name}`;

/** The name of a computed key: its source text on one line, in brackets. */
export function computedKey(sourceText: string): string {
  const text = sourceText.replace(/\s+/g, ' ').trim();
  return `[${text.length > longestComputedKey ? `${text.slice(0, longestComputedKey)}…` : text}]`;
}

/** Builds the qualified names of one file. Call `enter…` in source order (by start offset) and `leave` after each. */
export class FunctionNames {
  readonly #scopes: Scope[];

  /** `nameless`: how many nameless functions of the file stand before what is named; for a part of a file. */
  constructor(nameless = 0) {
    this.#scopes = [{ kind: 'function', prefix: '', nameless }];
  }

  /** Enters a function (method, accessor, constructor, arrow…) and returns its qualified name. */
  enterFunction(binding: Binding): string {
    const { name, inner } = this.#functionName(binding);
    this.#scopes.push({ kind: 'function', prefix: inner, nameless: 0 });
    return name;
  }

  /** Enters a class body. */
  enterClass(binding: Binding): void {
    this.#scopes.push({ kind: 'class', prefix: this.#scopePrefix(binding, 'class'), nameless: 0 });
  }

  /** Enters an object literal, or a TypeScript namespace (`declared`). */
  enterObject(binding: Binding): void {
    this.#scopes.push({ kind: 'object', prefix: this.#scopePrefix(binding, ''), nameless: 0 });
  }

  /** Leaves what was entered last. Throws when nothing is open: the walk of the caller is then wrong. */
  leave(): void {
    if (this.#scopes.length === 1) throw new Error('FunctionNames.leave() without a matching enter');
    this.#scopes.pop();
  }

  #functionName(binding: Binding): { readonly name: string; readonly inner: string } {
    const plain = (name: string) => ({ name, inner: name });
    switch (binding.kind) {
      case 'declared':
        return plain(join(this.#prefix(), binding.name));
      case 'assigned':
        return plain(this.#assigned(binding.path) || join(this.#prefix(), 'exports'));
      case 'member': {
        const inner = join(this.#prefix(), binding.key);
        return { name: binding.accessor ? `${binding.accessor} ${inner}` : inner, inner };
      }
      case 'default':
        return plain(join(this.#prefix(), 'default'));
      case 'argument':
      case 'none': {
        const callee = binding.kind === 'argument' ? binding.callee : undefined;
        const enclosing = this.#enclosingFunction();
        enclosing.nameless += 1;
        return plain(join(this.#prefix(), `${callee ?? 'anonymous'}(#${enclosing.nameless})`));
      }
    }
  }

  #scopePrefix(binding: Binding, nameless: string): string {
    switch (binding.kind) {
      case 'declared':
        return join(this.#prefix(), binding.name);
      case 'assigned':
        return this.#assigned(binding.path) || this.#prefix();
      case 'member':
        return join(this.#prefix(), binding.key);
      case 'default':
        return join(this.#prefix(), 'default');
      case 'argument':
        return join(this.#prefix(), binding.callee ?? nameless);
      case 'none':
        return join(this.#prefix(), nameless);
    }
  }

  /** The qualified name of an assignment's target; empty for `module.exports` and `exports` themselves. */
  #assigned(path: readonly string[]): string {
    let rest = path;
    let base = this.#prefix();
    if (rest[0] === 'this') {
      rest = rest.slice(1);
      base = this.#thisPrefix();
    }
    if (rest[0] === 'module' && rest[1] === 'exports') rest = rest.slice(2);
    else if (rest[0] === 'exports') rest = rest.slice(1);
    const name = rest.filter((segment) => segment !== 'prototype').join('.');
    return name === '' && base === '' ? '' : join(base, name);
  }

  #prefix(): string {
    return this.#scopes.at(-1)?.prefix ?? '';
  }

  #enclosingFunction(): Scope {
    const scope = this.#scopes.findLast((candidate) => candidate.kind === 'function');
    if (!scope) throw new Error('the module scope is never left');
    return scope;
  }

  /** What `this` names: the innermost class, else the enclosing function (a constructor of the old style). */
  #thisPrefix(): string {
    const owner = this.#scopes.findLast((candidate) => candidate.kind === 'class');
    return (owner ?? this.#enclosingFunction()).prefix;
  }
}
