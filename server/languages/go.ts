import type { Node } from 'web-tree-sitter';
import type { LanguageDefinition } from './definition.ts';
import { byName, join, scopedFunctions, topLevel } from './scoped.ts';

/**
 * A method is `Type.Method`, whether its receiver is a pointer or not. Function literals are named as Go's runtime does:
 * `outer.func1`, within that `outer.func1.1`, and `glob..func1` for those of package variables.
 */
export const go: LanguageDefinition = {
  languageIds: ['go'],
  extensions: ['.go'],
  grammar: 'tree-sitter-go',
  workspaceFiles: ['go.mod'],
  functions: scopedFunctions({
    mark: /\bfunc\b/g,
    functions: {
      function_declaration: byName,
      method_declaration: (node) => {
        const named = byName(node);
        return named && { ...named, name: join(receiverType(node), named.name) };
      },
      func_literal: (_, { prefix, nextNameless }) => {
        const nth = nextNameless();
        if (prefix === '') return { name: '', qualified: `glob..func${nth}` };
        return { name: /\.func\d+(\.\d+)*$/.test(prefix) ? String(nth) : `func${nth}` };
      },
    },
    scopes: {},
    skip: ['comment', 'import_declaration', 'interpreted_string_literal', 'raw_string_literal'],
  }),
  namespace: (tree) => topLevel(tree, 'package_clause')?.firstNamedChild?.text,
  localName: (reported, { namespace }) => {
    const local = reported.slice(reported.lastIndexOf('/') + 1).replaceAll('[...]', '');
    const dot = local.indexOf('.');
    // The last element of the import path need not be the package's name, but nearly always is, or `main`.
    if (dot !== -1 && namespace !== undefined && local.slice(0, dot) !== namespace) return undefined;
    return (dot === -1 ? local : local.slice(dot + 1)).replace(/^\(\*?([^)]+)\)/, '$1');
  },
};

function receiverType(node: Node): string {
  const parameter = node
    .childForFieldName('receiver')
    ?.namedChildren.find(({ type }) => type === 'parameter_declaration');
  let type = parameter?.childForFieldName('type');
  while (type && type.type !== 'type_identifier') {
    type = type.childForFieldName('type') ?? type.firstNamedChild;
  }
  return type?.text ?? '';
}
