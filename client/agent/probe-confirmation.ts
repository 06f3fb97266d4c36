/** What a person is asked before a model's probe goes into a running service. */

/** Of tools that place probes, in package.json. */
export const placingTag = 'places-probe';

const shown = [
  'kind',
  'file',
  'line',
  'at',
  'service',
  'environment',
  'version',
  'condition',
  'expressions',
  'message',
  'by',
  'hits',
  'seconds',
  'reason',
];
const mostCharacters = 300;

/** All that matters of the input, a line each; it comes from a model, so it is cut and holds no control characters. */
export function probeConfirmation(input: object): { readonly title: string; readonly text: string } {
  const values = new Map<string, unknown>(Object.entries(input));
  const lines = shown.flatMap((name) => {
    const value = values.get(name);
    return value === undefined ? [] : [`${name}: ${lineOf(value)}`];
  });
  if (!values.has('environment')) lines.push('environment: all of them');
  return { title: 'Place a probe in a running service?', text: lines.join('\n') };
}

/** A value on one line, cut. */
export function lineOf(value: unknown): string {
  const text = (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu,
    ' ',
  );
  return text.length > mostCharacters ? `${text.slice(0, mostCharacters - 1)}…` : text;
}
