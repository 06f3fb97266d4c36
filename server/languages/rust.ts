import type { Node } from 'web-tree-sitter';
import type { LanguageDefinition } from './definition.ts';
import { byName, nameOf, scopedFunctions, stripNamespace } from './scoped.ts';

/** A method is `Type.method`, whatever trait it is of; a default method is `Trait.method`; closures belong to what is around. */
export const rust: LanguageDefinition = {
  languageIds: ['rust'],
  extensions: ['.rs'],
  grammar: 'tree-sitter-rust',
  workspaceFiles: ['Cargo.toml'],
  functions: scopedFunctions({
    mark: /\bfn\b/g,
    functions: { function_item: byName },
    scopes: { mod_item: nameOf, trait_item: nameOf, impl_item: (node) => typeName(node.childForFieldName('type')) },
    skip: ['line_comment', 'block_comment', 'use_declaration', 'string_literal', 'token_tree'],
  }),
  localName: (reported, { path }) => {
    const dotted = stripNamespace(reported.replace(/<(.+?)( as [^>]+)?>/g, '$1'), undefined);
    // `shop::cart::total` of src/cart.rs or src/cart/mod.rs; `shop::main` of src/main.rs.
    const inCrate = path.replace(/^.*?\bsrc\//, '').replace(/\.rs$/, '');
    const module = inCrate.replace(/(^|\/)(mod|lib|main)$/, '').replaceAll('/', '.');
    const crate = dotted.indexOf('.');
    if (crate === -1) return dotted;
    const local = dotted.slice(crate + 1);
    if (module === '') return local;
    return local.startsWith(`${module}.`) ? local.slice(module.length + 1) : dotted;
  },
};

/** The last name of a type, without references, generics and paths. */
function typeName(type: Node | null): string {
  let current = type;
  while (current && current.type !== 'type_identifier' && current.type !== 'primitive_type') {
    current = current.childForFieldName('name') ?? current.childForFieldName('type') ?? current.firstNamedChild;
  }
  return current?.text ?? '';
}
