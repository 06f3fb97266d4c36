import type { LanguageDefinition } from './definition.ts';
import { byName, nameOf, scopedFunctions, stripNamespace, topLevel } from './scoped.ts';

/** Closures belong to the function around them; a method of an anonymous class is `outer.class.method`. */
export const php: LanguageDefinition = {
  languageIds: ['php'],
  extensions: ['.php'],
  grammar: 'tree-sitter-php',
  workspaceFiles: ['composer.json'],
  functions: scopedFunctions({
    mark: /\bfunction\b/gi,
    functions: { function_definition: byName, method_declaration: byName },
    scopes: {
      class_declaration: nameOf,
      trait_declaration: nameOf,
      interface_declaration: nameOf,
      enum_declaration: nameOf,
      anonymous_class: () => 'class',
    },
    skip: ['comment', 'text', 'string', 'namespace_use_declaration'],
  }),
  namespace: (tree) => {
    const definition = topLevel(tree, 'namespace_definition');
    return definition && nameOf(definition);
  },
  localName: (reported, { namespace }) => stripNamespace(reported, namespace),
};
