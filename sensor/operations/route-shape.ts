const mostRead = 2_048;
const mostSegments = 12;
const mostText = 255;
/** Words of routes are short; what is longer is a token or a text. */
const longestWord = 40;

/**
 * The route of a request's path, as OpenTelemetry's `url.template`: what tells one thing from another of its kind (ids,
 * addresses, tokens) stands as `{id}`. Nothing of the query string or the fragment is in it. A name that is a plain word
 * (`/users/anna`) cannot be told from a route and stays.
 */
export function routeShape(path: string): string {
  const end = path.search(/[?#;]/);
  const plain = (end < 0 ? path : path.slice(0, end)).slice(0, mostRead);
  const segments = plain.split('/');
  const shown = segments.slice(0, mostSegments + 1).map(segmentShape);
  const text = shown.join('/') + (segments.length > shown.length ? '/…' : '');
  const rooted = text.startsWith('/') ? text : `/${text}`;
  return rooted.length > mostText ? `${rooted.slice(0, mostText)}…` : rooted;
}

function segmentShape(segment: string): string {
  if (segment === '' || /^v\d{1,3}(?:\.\d{1,3}){0,2}$/.test(segment)) return segment;
  // Escapes, addresses, matrix parameters, anything that is no word.
  if (segment.length > longestWord || !/^[A-Za-z0-9._~-]+$/.test(segment)) return '{id}';
  // `report-2024.pdf`, `4f3a…`, `ORD1234`, a UUID: whatever has more than a digit or two is one of many.
  const digits = segment.match(/\d/g)?.length ?? 0;
  if (digits > 2 || digits * 2 > segment.length) return '{id}';
  // Letters of both cases and no separator, longer than a word in camel case: a key in base 64.
  if (digits > 0 && /[a-z]/.test(segment) && /[A-Z]/.test(segment)) return '{id}';
  if (segment.length >= 16 && /^[0-9a-f]+$/i.test(segment)) return '{id}';
  return segment;
}
