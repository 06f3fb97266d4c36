/** The names that an expression can read at a line of a JavaScript or TypeScript text, the nearest first. */
import type { Node, Tree } from 'web-tree-sitter';
import type { NameInScope } from './definition.ts';

const mostNames = 500;
const functionTypes = new Set([
  'function_declaration',
  'generator_function_declaration',
  'function_expression',
  'generator_function',
  'arrow_function',
  'method_definition',
]);
const methodTypes = new Set(['method_definition', 'class_static_block']);

/** `row` is zero-based: what is declared on it or after it, in the same function, has no value yet. */
export function ecmascriptScope(tree: Tree, text: string, row: number): readonly NameInScope[] {
  const line = text.split('\n', row + 1)[row] ?? '';
  const column = line.length - line.trimStart().length;
  const names = new Map<string, NameInScope>();
  const add = (from: NameInScope['from']) => (name: string) => {
    if (!names.has(name) && names.size < mostNames) names.set(name, { name, from });
  };
  let boundaries = 0;
  let receiver = false;
  let node: Node | null = tree.rootNode.descendantForPosition({ row, column });
  for (; node; node = node.parent) {
    const from = boundaries === 0 ? 'local' : node.type === 'program' ? 'module' : 'closure';
    if (functionTypes.has(node.type)) {
      // The line on which a function starts runs before it is called.
      if (node.startPosition.row === row && node.startPosition.column > column) continue;
      const parameters = node.childForFieldName('parameters') ?? node.childForFieldName('parameter');
      if (parameters) boundNames(parameters, add(boundaries === 0 ? 'parameter' : 'closure'));
      if (node.type !== 'arrow_function') receiver ||= boundaries === 0 || methodTypes.has(node.type);
      if (node.type === 'function_expression') named(node, add('closure'));
      boundaries += 1;
      continue;
    }
    const limit = boundaries === 0 ? row : Number.POSITIVE_INFINITY;
    switch (node.type) {
      case 'program':
        statements(node, limit, add('module'));
        break;
      case 'statement_block':
      case 'switch_case':
      case 'switch_default':
        statements(node, limit, add(from));
        break;
      case 'for_in_statement':
        if (node.startPosition.row < limit) part(node, 'left', add(from));
        break;
      case 'for_statement': {
        const initializer = node.childForFieldName('initializer');
        if (initializer && node.startPosition.row < limit) declared(initializer, add(from));
        break;
      }
      case 'catch_clause':
        if (node.startPosition.row < limit) part(node, 'parameter', add(from));
    }
  }
  if (receiver) add('local')('this');
  return [...names.values()];
}

function statements(block: Node, limit: number, add: (name: string) => void): void {
  for (const child of block.namedChildren) {
    const hoisted = child?.type === 'function_declaration';
    if (child && (hoisted || child.startPosition.row < limit)) declared(child, add);
  }
}

function declared(node: Node, add: (name: string) => void): void {
  switch (node.type) {
    case 'export_statement': {
      const declaration = node.childForFieldName('declaration');
      if (declaration) declared(declaration, add);
      return;
    }
    case 'lexical_declaration':
    case 'variable_declaration':
      for (const child of node.namedChildren) {
        if (child?.type === 'variable_declarator') part(child, 'name', add);
      }
      return;
    case 'import_statement':
      for (const child of node.namedChildren) if (child?.type === 'import_clause') importedNames(child, add);
      return;
    case 'function_declaration':
    case 'generator_function_declaration':
    case 'class_declaration':
    case 'abstract_class_declaration':
      named(node, add);
  }
}

function named(node: Node, add: (name: string) => void): void {
  const name = node.childForFieldName('name');
  if (name) add(name.text);
}

function part(node: Node, field: string, add: (name: string) => void): void {
  const child = node.childForFieldName(field);
  if (child) boundNames(child, add);
}

/** The names that a pattern binds; not those of its defaults, keys and types. */
function boundNames(node: Node, add: (name: string) => void): void {
  switch (node.type) {
    case 'identifier':
    case 'shorthand_property_identifier_pattern':
      add(node.text);
      return;
    case 'assignment_pattern':
    case 'object_assignment_pattern':
      part(node, 'left', add);
      return;
    case 'pair_pattern':
      part(node, 'value', add);
      return;
    case 'required_parameter':
    case 'optional_parameter':
      part(node, 'pattern', add);
      return;
    case 'formal_parameters':
    case 'object_pattern':
    case 'array_pattern':
    case 'rest_pattern':
      for (const child of node.namedChildren) if (child) boundNames(child, add);
  }
}

function importedNames(node: Node, add: (name: string) => void): void {
  if (node.type === 'identifier') {
    add(node.text);
    return;
  }
  const alias =
    node.type === 'import_specifier' ? (node.childForFieldName('alias') ?? node.childForFieldName('name')) : null;
  if (alias) {
    add(alias.text);
    return;
  }
  for (const child of node.namedChildren) if (child) importedNames(child, add);
}
