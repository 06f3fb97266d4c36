import type { Expression } from '@runlens/protocol/probes/expression/tree';

/** Operators that tell no more of a value than whether it is there. */
const tellsPresence = new Set(['!', 'typeof']);
const comparisons = new Set(['===', '!==', '==', '!=']);

/**
 * The first name of an expression that may be of a secret and is read for more than whether it is there. A condition that
 * compares a secret would tell it by its hits, one character after the other; so it is refused, not hidden.
 */
export function secretReadOf(node: Expression, isSecret: (name: string) => boolean): string | undefined {
  const inside = (child: Expression): string | undefined => secretReadOf(child, isSecret);
  const first = (children: readonly Expression[]): string | undefined => {
    for (const child of children) {
      const found = inside(child);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  switch (node.is) {
    case 'value':
    case 'parameter':
      return undefined;
    case 'name':
      return isSecret(node.name) ? node.name : undefined;
    case 'member': {
      const key = constantKey(node.key);
      return key !== undefined && isSecret(key) ? key : first([node.of, node.key]);
    }
    case 'chain':
      return inside(node.of);
    case 'unary':
      return tellsPresence.has(node.operator) ? behindPresence(node.of, isSecret) : inside(node.of);
    case 'binary': {
      if (comparisons.has(node.operator)) {
        if (isNothing(node.right)) return behindPresence(node.left, isSecret);
        if (isNothing(node.left)) return behindPresence(node.right, isSecret);
      }
      return first([node.left, node.right]);
    }
    case 'logical':
      return first([node.left, node.right]);
    case 'if':
      return first([node.test, node.yes, node.no]);
    case 'template':
      return first(node.values);
    case 'list':
      return first(node.elements);
    case 'call':
      return node.name === 'Boolean' && node.arguments[0]
        ? behindPresence(node.arguments[0], isSecret)
        : first(node.arguments);
    case 'method': {
      const [key] = node.arguments;
      const name = node.name === 'get' && key ? constantKey(key) : undefined;
      return name !== undefined && isSecret(name) ? name : first([node.of, ...node.arguments]);
    }
    case 'arrow':
      return inside(node.body);
  }
}

/** What stands where only its presence is asked for: its own name may be secret, those on the way to it not. */
function behindPresence(node: Expression, isSecret: (name: string) => boolean): string | undefined {
  if (node.is === 'name') return undefined;
  if (node.is === 'chain') return behindPresence(node.of, isSecret);
  if (node.is === 'member' && constantKey(node.key) !== undefined) return secretReadOf(node.of, isSecret);
  return secretReadOf(node, isSecret);
}

const constantKey = (node: Expression): string | undefined => (node.is === 'value' ? String(node.value) : undefined);

const isNothing = (node: Expression): boolean =>
  node.is === 'value'
    ? node.value === null || node.value === undefined
    : node.is === 'name' && node.name === 'undefined';
