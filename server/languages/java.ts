import type { LanguageDefinition } from './definition.ts';
import { byName, nameOf, scopedFunctions, stripNamespace, topLevel } from './scoped.ts';

/** A constructor is `Class.constructor`; a method of an anonymous class is `Outer.method.Type.method`. */
export const java: LanguageDefinition = {
  languageIds: ['java'],
  extensions: ['.java'],
  grammar: 'tree-sitter-java',
  workspaceFiles: ['pom.xml', 'build.gradle', 'build.gradle.kts'],
  functions: scopedFunctions({
    mark: /\{/g,
    functions: {
      method_declaration: byName,
      constructor_declaration: (node) => ({ name: 'constructor', nameNode: node.childForFieldName('name') }),
      compact_constructor_declaration: (node) => ({ name: 'constructor', nameNode: node.childForFieldName('name') }),
    },
    scopes: {
      class_declaration: nameOf,
      interface_declaration: nameOf,
      enum_declaration: nameOf,
      record_declaration: nameOf,
      annotation_type_declaration: nameOf,
      enum_constant: nameOf,
      object_creation_expression: (node) =>
        node.namedChildren.some((child) => child.type === 'class_body')
          ? (node.childForFieldName('type')?.text.replace(/<.*$/s, '') ?? '')
          : '',
    },
    skip: ['line_comment', 'block_comment', 'import_declaration', 'string_literal'],
  }),
  namespace: (tree) => topLevel(tree, 'package_declaration')?.firstNamedChild?.text,
  localName: (reported, { namespace }) => stripNamespace(reported, namespace).replace(/\.<init>$/, '.constructor'),
};
