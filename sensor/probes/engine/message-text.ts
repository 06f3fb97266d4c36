import type { CapturedValue } from '@runlens/protocol/probes/capture';
import { slice } from '../intrinsics.ts';
import type { CapturedExpression } from './messages.ts';

const mostParts = 20;
const longest = 16_000;

/** The message of a log: its texts with the values between them. It is made at the hit: nothing of the program's is called. */
export function messageText(texts: readonly string[], values: readonly CapturedExpression[]): string {
  let text = texts[0] ?? '';
  for (let index = 0; index < values.length; index += 1) {
    const { value, error = 'no value' } = values[index] ?? {};
    text += (value ? valueText(value, true) : `[${error}]`) + (texts[index + 1] ?? '');
    if (text.length > longest) return `${slice(text, 0, longest)}…`;
  }
  return text;
}

/** Of some of them, with commas. */
function listed<T>(all: readonly T[], textOf: (one: T) => string): string {
  let text = '';
  const most = Math.min(all.length, mostParts);
  for (let index = 0; index < most; index += 1) {
    // Below the length.
    text += (index === 0 ? '' : ', ') + textOf(all[index] as T);
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
      return `[${listed(value.e, (each) => valueText(each))}${more}]`;
    case 'map':
      if (!value.m) return `map(${size ?? 0})`;
      return `{${listed(value.m, (each) => `${valueText(each[0])} => ${valueText(each[1])}`)}${more}}`;
    default: {
      const name = className === undefined ? '' : `${className} `;
      if (!value.f) return `[${className ?? type}]`;
      return `${name}{${listed(value.f, (each) => `${each[0]}: ${valueText(each[1])}`)}${more}}`;
    }
  }
}
