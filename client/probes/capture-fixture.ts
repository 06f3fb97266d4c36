/**
 * A capture as the start of a test: its arguments, `this` and variables as a TypeScript module. What was redacted, cut or
 * cannot be written (a function, a promise) is `undefined` with a comment that says why. Every text is written as a JSON
 * string, so that no value becomes code. Pure.
 */
import type { Capture, CapturedValue } from '@runlens/protocol';
import { oneLine } from './shown-text.ts';

const deepest = 32;

export function captureFixture(capture: Capture): string {
  const { values, expressions } = capture;
  const groups: (readonly [string, readonly (readonly [string, CapturedValue])[]])[] = [
    ['arguments', values?.arguments ?? []],
    ['locals', values?.locals ?? []],
    ['closure', values?.closure ?? []],
    ['expressions', (expressions ?? []).map(({ text, value }) => [text, value ?? { t: 'failed' }] as const)],
  ];
  const parts = [
    ...(values?.this ? [`  this: ${literal(values.this, 1)},`] : []),
    ...groups.flatMap(([name, all]) =>
      all.length === 0
        ? []
        : [`  ${name}: {`, ...all.map(([key, value]) => `    ${property(key)}: ${literal(value, 2)},`), '  },'],
    ),
    ...(values?.returned ? [`  returned: ${literal(values.returned, 1)},`] : []),
    ...(values?.thrown ? [`  thrown: ${literal(values.thrown, 1)},`] : []),
  ];
  return [
    `/** ${comment(`${capture.function} at ${capture.file}:${capture.line}, captured ${capture.at} in ${capture.service} ${capture.environment} ${capture.version}.`)} */`,
    `export const captured = {`,
    ...parts,
    '};',
    '',
  ].join('\n');
}

const comment = (text: string): string => oneLine(text, 300).replaceAll('*/', '* /');

/** `__proto__: value` would set the prototype; a computed key does not. */
const property = (key: string): string => (key === '__proto__' ? '["__proto__"]' : JSON.stringify(key));

const absent = (why: string): string => `undefined /* ${comment(why)} */`;

function literal(value: CapturedValue, depth: number): string {
  const { t, v = '', c, e, m, f, x } = value;
  if (depth > deepest) return absent('too deep');
  const indent = '  '.repeat(depth + 1);
  const end = '  '.repeat(depth);
  const note = x === undefined ? '' : ` /* not whole: ${x} */`;
  const block = (open: string, items: readonly string[], close: string): string =>
    items.length === 0
      ? `${open}${close}${note}`
      : `${open}\n${items.map((item) => `${indent}${item},\n`).join('')}${end}${close}${note}`;
  switch (t) {
    case 'string':
      return `${JSON.stringify(v)}${note}`;
    case 'number':
      return /^(-?\d+(\.\d+)?(e[+-]?\d+)?|NaN|-?Infinity)$/i.test(v) ? v : absent('not a number');
    case 'bigint':
      return /^-?\d+$/.test(v) ? `${v}n` : absent('not a bigint');
    case 'boolean':
      return v === 'true' ? 'true' : 'false';
    case 'null':
      return 'null';
    case 'undefined':
      return 'undefined';
    case 'date':
      return `new Date(${JSON.stringify(v)})`;
    case 'array':
      return block(
        '[',
        (e ?? []).map((each) => literal(each, depth + 1)),
        ']',
      );
    case 'set':
      return block(
        'new Set([',
        (e ?? []).map((each) => literal(each, depth + 1)),
        '])',
      );
    case 'map':
      return block(
        'new Map<unknown, unknown>([',
        (m ?? []).map(([key, each]) => `[${literal(key, depth + 1)}, ${literal(each, depth + 1)}]`),
        '])',
      );
    case 'error':
    case 'object': {
      const fields = (f ?? []).map(([key, each]) => `${property(key)}: ${literal(each, depth + 1)}`);
      const named = c === undefined || c === 'Object' ? '' : `/* ${comment(c)} */ `;
      return `${named}${block('{', fields, '}')}`;
    }
    case 'ref':
      return absent(`the same object as #${value.to ?? '?'}`);
    case 'redacted':
      return absent('redacted');
    default:
      return absent(c === undefined ? t : `${t} ${c}`);
  }
}
