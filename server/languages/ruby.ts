import type { LanguageDefinition } from './definition.ts';
import { nameOf, scopedFunctions, stripNamespace } from './scoped.ts';

/** Methods of a class and of its instances are `Module.Class.method`; blocks belong to the method around them. */
export const ruby: LanguageDefinition = {
  languageIds: ['ruby'],
  extensions: ['.rb', '.rake'],
  grammar: 'tree-sitter-ruby',
  workspaceFiles: ['Gemfile'],
  functions: scopedFunctions({
    mark: /\bdef\b/g,
    functions: {
      method: (node) => ({ name: nameOf(node), nameNode: node.childForFieldName('name') }),
      singleton_method: (node, { prefix }) => {
        const object = node.childForFieldName('object')?.text ?? 'self';
        const name = nameOf(node);
        return {
          name: object === 'self' || prefix.endsWith(object) ? name : `${object.replaceAll('::', '.')}.${name}`,
          nameNode: node.childForFieldName('name'),
        };
      },
    },
    scopes: {
      class: (node) => nameOf(node).replaceAll('::', '.'),
      module: (node) => nameOf(node).replaceAll('::', '.'),
    },
    skip: ['comment', 'string'],
  }),
  localName: (reported) => stripNamespace(reported, undefined),
};
