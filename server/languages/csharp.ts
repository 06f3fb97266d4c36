import type { Node } from 'web-tree-sitter';
import type { LanguageDefinition } from './definition.ts';
import { byName, join, type Named, nameOf, scopedFunctions, stripNamespace } from './scoped.ts';

/**
 * Accessors are `get Class.Property`, `set Class.Property` (`init` as well); an indexer's are `get Class.this[]`; a
 * constructor is `Class.constructor`, an operator `Class.operator +`. Lambdas belong to the function around them.
 */
export const csharp: LanguageDefinition = {
  languageIds: ['csharp'],
  extensions: ['.cs'],
  grammar: 'tree-sitter-c-sharp',
  functions: scopedFunctions({
    mark: /\{|=>/g,
    functions: {
      method_declaration: byName,
      local_function_statement: byName,
      constructor_declaration: (node) => ({ name: 'constructor', nameNode: node.childForFieldName('name') }),
      destructor_declaration: (node) => ({ name: 'finalizer', nameNode: node.childForFieldName('name') }),
      operator_declaration: (node) => ({ name: `operator ${node.childForFieldName('operator')?.text ?? ''}` }),
      accessor_declaration: accessor,
      arrow_expression_clause: (node, { prefix }, path) => {
        const owner = path.at(-2)?.type;
        // `int Total => …;` is a getter; the body of a method is not a function of its own.
        if (owner !== 'property_declaration' && owner !== 'indexer_declaration') return null;
        return { name: '', qualified: `get ${prefix}`, body: node };
      },
    },
    scopes: {
      class_declaration: nameOf,
      struct_declaration: nameOf,
      interface_declaration: nameOf,
      record_declaration: nameOf,
      enum_declaration: nameOf,
      property_declaration: nameOf,
      event_declaration: nameOf,
      indexer_declaration: () => 'this[]',
    },
    skip: ['comment', 'using_directive', 'string_literal', 'attribute_list'],
  }),
  namespace: (tree) => {
    const declaration = tree.rootNode.namedChildren.find(({ type }) =>
      /^(file_scoped_)?namespace_declaration$/.test(type),
    );
    return declaration && nameOf(declaration);
  },
  localName: (reported, { namespace }) => {
    const local = stripNamespace(reported.replace(/\.?\.ctor$/, '.constructor'), namespace);
    const accessorName = /^(.*?)\.?([gs]et)_([^.]+)$/.exec(local);
    return accessorName ? `${accessorName[2]} ${join(accessorName[1] ?? '', accessorName[3] ?? '')}` : local;
  },
};

function accessor(node: Node, { prefix }: { readonly prefix: string }): Named | null {
  if (!node.childForFieldName('body')) return null;
  const keyword = node.children.find(({ type }) => /^(get|set|init|add|remove)$/.test(type))?.type ?? 'get';
  return { name: '', qualified: `${keyword === 'init' ? 'set' : keyword} ${prefix}` };
}
