/**
 * Functions of JavaScript and TypeScript by their tree-sitter trees: the adapter of `protocol/naming`. It tells the
 * builder what the walk enters and leaves; the rules that make names of that live in the protocol.
 */
import { type Binding, computedKey, FunctionNames } from '@runlens/protocol/naming/names';
import type { Node, Tree } from 'web-tree-sitter';
import { type FoundFunction, foundFunction, type ReadingBefore } from './definition.ts';
import { type Part, rereadFunctions } from './reread.ts';
import { type Path, type WalkPlan, walkTree } from './tree-walk.ts';

const functionTypes = [
  'function_declaration',
  'generator_function_declaration',
  'function_expression',
  'generator_function',
  'arrow_function',
  'method_definition',
];
/**
 * Every function has an arrow or the brace of its body. Most other braces can be told by what is before them: `${`, an
 * object or pattern behind a bracket, a comma, a colon or an equals sign, `const {`. A line end before the brace says
 * nothing, as a comment may be in front of it.
 */
const functionMark = /=>|(?<!(?:[$([,:=]|\b(?:const|let|var|import|export|return))[ \t]*)\{/g;

const plan: WalkPlan = {
  mark: functionMark,
  visit: [...functionTypes, 'class_body', 'object', 'internal_module', 'module'],
  keep: [
    'class',
    'class_declaration',
    'abstract_class_declaration',
    'variable_declarator',
    'assignment_expression',
    'augmented_assignment_expression',
    'assignment_pattern',
    'object_assignment_pattern',
    'required_parameter',
    'optional_parameter',
    'pair',
    'field_definition',
    'public_field_definition',
    'call_expression',
    'new_expression',
    'binary_expression',
    'jsx_attribute',
  ],
  skip: [
    'ambient_declaration',
    'comment',
    'import_statement',
    'interface_declaration',
    'number',
    'regex',
    'string',
    'type_alias_declaration',
    'type_annotation',
    'type_arguments',
    'type_parameters',
  ],
};

/** All functions of a JavaScript or TypeScript tree, in source order. */
export function ecmascriptFunctions(tree: Tree, text: string, before?: ReadingBefore): FoundFunction[] {
  const reread = before && rereadFunctions(tree, text, before, (part) => walkFunctions(tree, text, part));
  return reread ?? walkFunctions(tree, text);
}

function walkFunctions(tree: Tree, text: string, part?: Part): FoundFunction[] {
  const names = new FunctionNames(part?.nameless);
  const found: FoundFunction[] = [];
  walkTree(
    tree,
    text,
    plan,
    (path) => {
      const frame = path.at(-1);
      const node = frame?.node;
      if (!frame || !node) return false;
      switch (frame.type) {
        case 'class_body':
          names.enterClass(classBinding(path));
          return true;
        case 'object':
          names.enterObject(bindingOf(path, path.length - 1).binding);
          return true;
        case 'internal_module':
        case 'module': {
          const name = node.childForFieldName('name');
          if (!name || name.type === 'string') return false;
          names.enterObject({ kind: 'declared', name: name.text });
          return true;
        }
        default: {
          const own = node.childForFieldName('name');
          const { binding, header } = functionBinding(path, node, own);
          const name = names.enterFunction(binding);
          const firstToken = withoutDecorators(node);
          if (!frame.inError || !node.hasError) {
            found.push(
              foundFunction(name, node, {
                uncertain: frame.inError,
                firstToken,
                nameNode: own,
                body: node.childForFieldName('body'),
                ...(header ? { header } : {}),
              }),
            );
          }
          return true;
        }
      }
    },
    () => names.leave(),
    part,
  );
  return found;
}

interface Bound {
  readonly binding: Binding;
  /** The node that names it, such as the declarator of its variable. */
  readonly header?: Node;
}

function functionBinding(path: Path, node: Node, own: Node | null): Bound {
  if (node.type === 'method_definition') {
    const accessor = node.children.find((child) => child.type === 'get' || child.type === 'set')?.type;
    const key = own ? keyText(own) : '';
    // `get() {}` has the property identifier `get` as its name and no keyword.
    if (accessor === 'get' || accessor === 'set') return { binding: { kind: 'member', key, accessor } };
    return { binding: { kind: 'member', key } };
  }
  if (own) return { binding: { kind: 'declared', name: own.text } };
  return bindingOf(path, path.length - 1);
}

function classBinding(path: Path): Binding {
  const owner = path.at(-2);
  const name = owner?.node?.childForFieldName('name');
  return name ? { kind: 'declared', name: name.text } : bindingOf(path, path.length - 2).binding;
}

/** What the syntax around the node at `index` of the path says about its name. */
function bindingOf(path: Path, index: number): Bound {
  let child = index;
  while (child > 0 && letsNameThrough(path, child)) child -= 1;
  const parent = path[child - 1];
  const field = path[child]?.field ?? null;
  const none: Bound = { binding: { kind: 'none' } };
  if (!parent) return none;
  const node = parent.node;
  switch (parent.type) {
    case 'variable_declarator':
      return field === 'value' && node ? assigned(node, node.childForFieldName('name')) : none;
    case 'assignment_expression':
    case 'augmented_assignment_expression':
    case 'assignment_pattern':
    case 'object_assignment_pattern':
      return field === 'right' && node ? assigned(node, node.childForFieldName('left')) : none;
    case 'required_parameter':
    case 'optional_parameter':
      return field === 'value' && node ? assigned(node, node.childForFieldName('pattern')) : none;
    case 'pair':
    case 'field_definition':
    case 'public_field_definition': {
      if (field !== 'value' || !node) return none;
      const key = node.childForFieldName('key') ?? node.childForFieldName('property') ?? node.childForFieldName('name');
      return key ? { binding: { kind: 'member', key: keyText(key) }, header: node } : none;
    }
    case 'arguments': {
      const call = path[child - 2]?.node;
      const callee = call?.childForFieldName('function') ?? call?.childForFieldName('constructor');
      return { binding: { kind: 'argument', callee: callee ? lastIdentifier(callee) : undefined } };
    }
    case 'jsx_expression': {
      const attribute = path[child - 2];
      const name = attribute?.type === 'jsx_attribute' ? attribute.node?.firstNamedChild : undefined;
      return name ? { binding: { kind: 'argument', callee: name.text } } : none;
    }
    case 'export_statement':
      // `export = …` has no field; it is TypeScript's spelling of `module.exports = …`.
      return field === null
        ? { binding: { kind: 'assigned', path: ['module', 'exports'] } }
        : { binding: { kind: 'default' } };
    default:
      return none;
  }
}

/** Parentheses, type assertions, conditionals and `??`, `||`, `&&` hand the name to what they hold. */
function letsNameThrough(path: Path, child: number): boolean {
  const parent = path[child - 1];
  const field = path[child]?.field;
  switch (parent?.type) {
    case 'parenthesized_expression':
    case 'as_expression':
    case 'satisfies_expression':
    case 'non_null_expression':
    case 'type_assertion':
      return true;
    case 'ternary_expression':
      return field === 'consequence' || field === 'alternative';
    case 'binary_expression': {
      const operator = parent.node?.childForFieldName('operator')?.type;
      return operator === '??' || operator === '||' || operator === '&&';
    }
    default:
      return false;
  }
}

function assigned(header: Node, target: Node | null): Bound {
  const path = target ? targetPath(target) : undefined;
  return path ? { binding: { kind: 'assigned', path }, header } : { binding: { kind: 'none' } };
}

/** The path of what is assigned to, outermost first; undefined for a pattern. What is not a name (a call) adds nothing. */
function targetPath(target: Node): string[] | undefined {
  switch (target.type) {
    case 'identifier':
    case 'shorthand_property_identifier_pattern':
    case 'this':
    case 'undefined':
      return [target.text];
    case 'member_expression': {
      const object = target.childForFieldName('object');
      const property = target.childForFieldName('property');
      return [...((object && targetPath(object)) ?? []), ...(property ? [property.text] : [])];
    }
    case 'subscript_expression': {
      const object = target.childForFieldName('object');
      const index = target.childForFieldName('index');
      return [...((object && targetPath(object)) ?? []), ...(index ? [computedText(index)] : [])];
    }
    case 'parenthesized_expression':
    case 'as_expression':
    case 'satisfies_expression':
    case 'non_null_expression': {
      const inner = target.firstNamedChild;
      return inner ? targetPath(inner) : undefined;
    }
    default:
      return target.type.endsWith('_pattern') ? undefined : [];
  }
}

function lastIdentifier(callee: Node): string | undefined {
  switch (callee.type) {
    case 'identifier':
      return callee.text;
    case 'member_expression':
      return callee.childForFieldName('property')?.text;
    case 'subscript_expression': {
      const index = callee.childForFieldName('index');
      return index?.type === 'string' ? unquoted(index) : undefined;
    }
    case 'parenthesized_expression':
    case 'as_expression':
    case 'satisfies_expression':
    case 'non_null_expression':
    case 'instantiation_expression': {
      const inner = callee.firstNamedChild;
      return inner ? lastIdentifier(inner) : undefined;
    }
    default:
      return undefined;
  }
}

function keyText(key: Node): string {
  if (key.type === 'string') return unquoted(key);
  if (key.type !== 'computed_property_name') return key.text;
  const inner = key.firstNamedChild;
  return inner ? computedText(inner) : computedKey('');
}

const computedText = (expression: Node): string =>
  expression.type === 'string' ? unquoted(expression) : computedKey(expression.text);
const unquoted = (string: Node): string => string.text.slice(1, -1);

/** JavaScript's grammar holds a method's decorators within the method. */
function withoutDecorators(node: Node): Node {
  let first = node.firstChild;
  while (first && (first.type === 'decorator' || first.isExtra)) first = first.nextSibling;
  return first && first.startIndex > node.startIndex ? first : node;
}
