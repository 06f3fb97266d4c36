/** What of production has an address: `runlens://service/…` and `runlens://function/…`, each part percent-encoded. */

export type ResourceAddress =
  | { readonly kind: 'service'; readonly service: string; readonly environment: string }
  | {
      readonly kind: 'function';
      readonly service: string;
      readonly environment: string;
      readonly file: string;
      readonly function: string;
    };

/** What concerns the session that reads it: live, as it says at each time what stands then. */
export const contextUri = 'runlens://context';

/** RFC 6570 templates, as `resources/templates/list` tells them. */
export const uriTemplates = {
  service: 'runlens://service/{service}/{environment}',
  function: 'runlens://function/{service}/{environment}/{file}/{function}',
} as const;

export function uriOf(address: ResourceAddress): string {
  const { kind, service, environment } = address;
  const parts = kind === 'service' ? [service, environment] : [service, environment, address.file, address.function];
  return `runlens://${kind}/${parts.map(encodeURIComponent).join('/')}`;
}

const mostCharacters = 12_000;

/** Undefined: no address of ours. */
export function parseUri(uri: string): ResourceAddress | undefined {
  if (uri.length > mostCharacters) return undefined;
  const match = /^runlens:\/\/(service|function)\/([^?#]+)$/.exec(uri);
  const parts = match?.[2]?.split('/').map(decoded);
  if (!match || !parts || parts.some((part) => part === undefined || part === '')) return undefined;
  const [service = '', environment = '', file, name, ...others] = parts;
  if (others.length > 0 || environment === '') return undefined;
  if (match[1] === 'service') return file === undefined ? { kind: 'service', service, environment } : undefined;
  return file === undefined || name === undefined
    ? undefined
    : { kind: 'function', service, environment, file, function: name };
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
