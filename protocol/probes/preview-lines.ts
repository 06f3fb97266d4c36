/** What a probe would capture, in lines: names, types and sizes, and no value. Pure. */
import type { ProbePreview } from '../api/probes.ts';
import type { CapturedValue } from './capture.ts';
import type { CapturableName } from './state.ts';

const mostLines = 2_000;
/** Kinds of elements of one array, Map or Set that are told apart. */
const mostKinds = 8;

const titles: Readonly<Record<CapturableName['kind'], string>> = {
  parameter: 'Arguments',
  local: 'Locals',
  this: 'This',
  closure: 'Closure',
};

/** `clean` makes a text of a program harmless where the lines are shown. */
export function previewLines(preview: ProbePreview, clean: (text: string) => string): readonly string[] {
  switch (preview.from) {
    case 'hit': {
      const { capture } = preview;
      const lines = [
        `${clean(capture.function)}  ${clean(capture.file)}:${capture.line}`,
        `Seen at one hit, of instance ${clean(capture.instance)}, without its values.`,
      ];
      const group = (title: string, values: readonly (readonly [string, CapturedValue])[]): void => {
        if (values.length === 0) return;
        lines.push('', title);
        for (const [name, value] of values) write(lines, clean(name), value, 1, clean);
      };
      const { values, expressions = [] } = capture;
      group(
        'Expressions',
        expressions.map(({ text, value }) => [text, value ?? { t: 'unset' }]),
      );
      group('Outcome', [
        ...(values?.returned ? [['returned', values.returned] as const] : []),
        ...(values?.thrown ? [['thrown', values.thrown] as const] : []),
      ]);
      group('Locals', values?.locals ?? []);
      group('Arguments', values?.arguments ?? []);
      group('This', values?.this ? [['this', values.this]] : []);
      group('Closure', values?.closure ?? []);
      if (capture.cut.length > 0) lines.push('', `Not whole: ${capture.cut.join(', ')}`);
      return lines.length > mostLines ? [...lines.slice(0, mostLines), '…'] : lines;
    }
    case 'scope':
      return [
        `${clean(preview.function)}  ${clean(preview.file)}:${preview.line}`,
        `Read from the code that is loaded: ${clean(preview.why)} Types and sizes are known when it is hit.`,
        ...scopeLines(preview.names, clean),
      ];
    case 'nothing':
      return [`Nothing can be told: ${clean(preview.why)}`];
  }
}

function scopeLines(names: readonly CapturableName[], clean: (text: string) => string): readonly string[] {
  const kinds = ['local', 'parameter', 'this', 'closure'] as const;
  return kinds.flatMap((kind) => {
    const those = names.filter((name) => name.kind === kind);
    return those.length === 0
      ? []
      : [
          '',
          titles[kind],
          ...those.map(({ name, hidden }) => `  ${clean(name)}${hidden ? ': hidden, may be secret' : ''}`),
        ];
  });
}

function write(
  lines: string[],
  name: string,
  value: CapturedValue,
  depth: number,
  clean: (text: string) => string,
): void {
  if (lines.length > mostLines) return;
  lines.push(`${'  '.repeat(depth)}${name}: ${shapeText(value, clean)}`);
  for (const [field, each] of value.f ?? []) write(lines, clean(field), each, depth + 1, clean);
  const elements = [...(value.e ?? []), ...(value.m ?? []).map(([, each]) => each)];
  // Elements are mostly alike: each kind is told once.
  const kinds = new Map<string, { readonly first: CapturedValue; count: number }>();
  for (const element of elements) {
    const key = JSON.stringify(typesOf(element));
    const known = kinds.get(key);
    if (known) known.count += 1;
    else if (kinds.size < mostKinds) kinds.set(key, { first: element, count: 1 });
  }
  for (const { first, count } of kinds.values()) {
    write(lines, value.m ? `each of ${count} values` : `each of ${count}`, first, depth + 1, clean);
  }
}

/** What makes two elements alike: not their sizes. */
function typesOf({ t, c, f }: CapturedValue): unknown {
  return [t, c, (f ?? []).map(([name, value]) => [name, value.t])];
}

function shapeText({ t, v, c, n, e, m, x, to }: CapturedValue, clean: (text: string) => string): string {
  const count = n ?? e?.length ?? m?.length;
  const cut = x === 'depth' ? ', deeper than is captured' : '';
  switch (t) {
    case 'redacted':
      return 'hidden, may be secret';
    case 'string':
      return n === undefined ? 'string' : `string of ${n} ${n === 1 ? 'character' : 'characters'}`;
    case 'array':
    case 'set':
    case 'map':
      return `${c === undefined ? t : clean(c)} of ${count ?? '?'}${cut}`;
    case 'buffer':
      return `${c === undefined ? t : clean(c)} of ${n ?? '?'}`;
    case 'function':
      return `function ${v === undefined ? '' : clean(v)}`.trim();
    case 'object':
    case 'error':
      return `${c === undefined ? t : clean(c)}${cut}`;
    case 'accessor':
      return 'getter, not run';
    case 'unset':
      return 'no value there yet';
    case 'ref':
      return `the same object as #${to ?? '?'}`;
    default:
      return t;
  }
}
