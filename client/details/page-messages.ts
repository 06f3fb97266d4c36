import type { FromDetailsPage } from '@runlens/protocol/details';

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
    default:
      return undefined;
  }
}
