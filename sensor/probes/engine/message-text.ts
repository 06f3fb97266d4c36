import type { CapturedValue } from '@runlens/protocol/probes/capture';
import type { CapturedExpression } from './messages.ts';

const mostParts = 20;
const longest = 16_000;

/** The message of a log: its texts with the values between them. */
export function messageText(texts: readonly string[], values: readonly CapturedExpression[]): string {
  let text = texts[0] ?? '';
  for (const [index, { value, error }] of values.entries()) {
    text += (value ? valueText(value, true) : `[${error ?? 'no value'}]`) + (texts[index + 1] ?? '');
    if (text.length > longest) return `${text.slice(0, longest)}…`;
  }
  return text;
}

/** A value in one line; `isWhole`: a text without quotation marks. */
function valueText(value: CapturedValue, isWhole = false): string {
  const { t: type, v: text = '', c: className, n: size, x: cut } = value;
  if (cut === 'redacted') return '[redacted]';
  const more = cut === undefined ? '' : '…';
  switch (type) {
    case 'string':
      return isWhole ? text + more : JSON.stringify(text) + more;
    case 'number':
    case 'boolean':
    case 'bigint':
    case 'date':
    case 'regexp':
      return text + more;
    case 'null':
    case 'undefined':
      return type;
    case 'function':
      return `[function ${text}]`;
    case 'array':
    case 'set':
      if (!value.e) return `${type}(${size ?? 0})`;
      return `[${value.e
        .slice(0, mostParts)
        .map((each) => valueText(each))
        .join(', ')}${more}]`;
    case 'map':
      if (!value.m) return `map(${size ?? 0})`;
      return `{${value.m
        .slice(0, mostParts)
        .map(([key, each]) => `${valueText(key)} => ${valueText(each)}`)
        .join(', ')}${more}}`;
    default: {
      const name = className === undefined ? '' : `${className} `;
      if (!value.f) return `[${className ?? type}]`;
      return `${name}{${value.f
        .slice(0, mostParts)
        .map(([key, each]) => `${key}: ${valueText(each)}`)
        .join(', ')}${more}}`;
    }
  }
}
