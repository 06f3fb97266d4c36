import type { FromDetailsPage } from '@runlens/protocol/details';
import type { NamedFunction } from '@runlens/protocol/lsp';

/** The message that the details page sent; undefined when it is none: what a page sends is not trusted. */
export function parseFromDetailsPage(message: unknown): FromDetailsPage | undefined {
  if (typeof message !== 'object' || message === null || !('type' in message)) return undefined;
  switch (message.type) {
    case 'ready':
    case 'openCode':
    case 'why':
      return { type: message.type };
    case 'selectEnvironment':
      return 'environment' in message && typeof message.environment === 'string'
        ? { type: 'selectEnvironment', environment: message.environment }
        : undefined;
    case 'openFunction': {
      const named = 'function' in message ? parseNamedFunction(message.function) : undefined;
      return named && { type: 'openFunction', function: named };
    }
    default:
      return undefined;
  }
}

/** The function that a page names; undefined when it is none. */
export function parseNamedFunction(named: unknown): NamedFunction | undefined {
  if (typeof named !== 'object' || named === null) return undefined;
  const { file, function: name, line } = named as Record<string, unknown>; // an object was just seen
  return typeof file === 'string' && typeof name === 'string' && typeof line === 'number' && Number.isSafeInteger(line)
    ? { file, function: name, line }
    : undefined;
}
