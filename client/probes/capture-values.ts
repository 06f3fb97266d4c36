/** Captured values as a debugger's tree shows them. Pure. */
import type { Capture, CapturedValue, CutReason } from '@runlens/protocol';
import { oneLine } from './shown-text.ts';

export interface ValueNode {
  readonly name: string;
  readonly value: CapturedValue;
}

export interface ValueSection {
  readonly title: string;
  readonly values: readonly ValueNode[];
}

const previewed = 3;
const longestPreview = 120;

const reasons: Readonly<Record<CutReason, string>> = {
  depth: 'deeper than captured',
  fields: 'more properties than captured',
  elements: 'more elements than captured',
  characters: 'longer than captured',
  bytes: 'the capture was full',
  time: 'the time for capturing was over',
  large: 'too large to capture',
  redacted: 'redacted',
};

/** What a capture holds, the nearest first. */
export function sectionsOf({ values, expressions }: Capture): readonly ValueSection[] {
  const named = (title: string, all: readonly (readonly [string, CapturedValue])[] | undefined): ValueSection[] =>
    all && all.length > 0 ? [{ title, values: all.map(([name, value]) => ({ name, value })) }] : [];
  const outcome = [
    ...(values?.returned ? [{ name: 'returned', value: values.returned }] : []),
    ...(values?.thrown ? [{ name: 'thrown', value: values.thrown }] : []),
  ];
  return [
    ...(expressions && expressions.length > 0
      ? [
          {
            title: 'Expressions',
            values: expressions.map(({ text, value, error }) => ({
              name: text,
              value: value ?? { t: 'failed', v: error ?? 'could not be read' },
            })),
          },
        ]
      : []),
    ...(outcome.length > 0 ? [{ title: 'Outcome', values: outcome }] : []),
    ...named('Locals', values?.locals),
    ...named('Arguments', values?.arguments),
    ...(values?.this ? [{ title: 'This', values: [{ name: 'this', value: values.this }] }] : []),
    ...named('Closure', values?.closure),
  ];
}

/** The parts of a value: properties, elements, entries. */
export function childrenOf({ f, e, m }: CapturedValue): readonly ValueNode[] {
  return [
    ...(e ?? []).map((value, index) => ({ name: String(index), value })),
    ...(m ?? []).map(([key, value]) => ({ name: `${valueText(key)} →`, value })),
    ...(f ?? []).map(([name, value]) => ({ name, value })),
  ];
}

/** The value on one line; harmless, and not longer than {@link longestPreview}. */
export function valueText(value: CapturedValue, depth = 1): string {
  if (value.t === 'redacted') return '••• (redacted)';
  return oneLine(`${bare(value, depth)}${cutText(value)}`, longestPreview);
}

function bare(value: CapturedValue, depth: number): string {
  const { t, v = '', c, n, e, m, f } = value;
  switch (t) {
    case 'string':
      return JSON.stringify(v);
    case 'bigint':
      return `${v}n`;
    case 'symbol':
      return `Symbol(${v})`;
    case 'undefined':
    case 'null':
      return t;
    case 'function':
      return `ƒ ${v === '' ? '(anonymous)' : v}`;
    case 'array':
      return `(${n ?? e?.length ?? 0}) [${list(e ?? [], e?.length !== (n ?? e?.length ?? 0), depth)}]`;
    case 'set':
      return `Set(${n ?? e?.length ?? 0}) {${list(e ?? [], false, depth)}}`;
    case 'map':
      return `Map(${n ?? m?.length ?? 0})`;
    case 'buffer':
      return `${c ?? 'Buffer'}(${n ?? 0})`;
    case 'ref':
      return `↩ the same object as #${value.to ?? '?'}`;
    case 'accessor':
      return '(getter, not run)';
    case 'unset':
      return '(not declared yet)';
    case 'failed':
      return `⚠ ${v}`;
    case 'error': {
      const message = f?.find(([name]) => name === 'message')?.[1].v ?? v;
      return message === '' ? (c ?? 'Error') : `${c ?? 'Error'}: ${message}`;
    }
    case 'number':
    case 'boolean':
    case 'date':
    case 'regexp':
      return v;
    default:
      return `${c ?? t} {${properties(f ?? [], depth)}}`;
  }
}

const list = (elements: readonly CapturedValue[], more: boolean, depth: number): string =>
  depth === 0
    ? '…'
    : [
        ...elements.slice(0, previewed).map((element) => valueText(element, depth - 1)),
        ...(more || elements.length > previewed ? ['…'] : []),
      ].join(', ');

const properties = (all: readonly (readonly [string, CapturedValue])[], depth: number): string =>
  depth === 0 && all.length > 0
    ? '…'
    : [
        ...all.slice(0, previewed).map(([name, value]) => `${name}: ${valueText(value, depth - 1)}`),
        ...(all.length > previewed ? ['…'] : []),
      ].join(', ');

/** Why it is not whole. */
function cutText({ t, v, n, x }: CapturedValue): string {
  if (t === 'string' && n !== undefined && v !== undefined && n > v.length) return ` … (${n} characters)`;
  return x === undefined ? '' : ` … (${reasons[x]})`;
}

/** Every value of a capture with its path (`locals.order.items.0.cents`), up to `most`. */
export function flatten(capture: Capture, most: number): readonly { readonly path: string; readonly text: string }[] {
  const flat: { path: string; text: string }[] = [];
  const walk = (path: string, value: CapturedValue): void => {
    if (flat.length >= most) return;
    const children = childrenOf(value);
    // What a parent shows of its parts is told by the parts.
    flat.push({ path, text: children.length === 0 ? valueText(value) : valueText(value, 0) });
    for (const child of children) walk(`${path}.${oneLine(child.name, 80)}`, child.value);
  };
  for (const { title, values } of sectionsOf(capture)) {
    for (const { name, value } of values) walk(`${title.toLowerCase()}.${oneLine(name, 80)}`, value);
  }
  return flat;
}
