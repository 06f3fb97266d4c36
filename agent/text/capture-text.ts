/** Captured values as text, as a developer would write them; everything in it comes from a program and is hostile. */
import type { Capture, CapturedValue, ProbeStatus } from '@runlens/protocol';
import { notTold } from '@runlens/protocol/probes/not-told';
import { neutralise } from './hostile.ts';

export interface CaptureTextOptions {
  /** Levels of objects that are written out; those below are told by their type. */
  readonly depth?: number;
  /** Characters of one line. */
  readonly width?: number;
}

const longestText = 200;

/** One line: `{ id: 5, lines: Array(12) […] }`. */
export function valueText(value: CapturedValue, options: CaptureTextOptions = {}): string {
  const text = write(value, options.depth ?? 3);
  const width = options.width ?? 500;
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}

function write(value: CapturedValue, depth: number): string {
  const shown = value.v === undefined ? '' : neutralise(value.v, longestText);
  switch (value.t) {
    case 'string':
      return `${JSON.stringify(shown)}${value.x === undefined ? '' : `… (${value.n ?? '?'} characters)`}`;
    case 'number':
    case 'boolean':
    case 'date':
      return shown;
    case 'bigint':
      return value.x === undefined ? `${shown}n` : 'a very large bigint';
    case 'undefined':
    case 'null':
      return value.t;
    case 'symbol':
      return `Symbol(${shown})`;
    case 'regexp':
      return `/${shown}/`;
    case 'function':
      return `function ${shown || '(anonymous)'}`;
    case 'redacted':
      return '[redacted]';
    case 'accessor':
      return '(getter, not run)';
    case 'unset':
      return '(no value yet)';
    case 'proxy':
      return 'Proxy';
    case 'ref':
      return `(see #${value.to ?? '?'})`;
    default:
      return writeObject(value, depth);
  }
}

function writeObject(value: CapturedValue, depth: number): string {
  const mark = value.id === undefined ? '' : `#${value.id}`;
  const name = value.c === undefined ? (defaultNames[value.t] ?? '') : neutralise(value.c, 80);
  const size = value.n === undefined ? '' : `(${value.n})`;
  const type = `${name}${size}`;
  const head = mark !== '' && type !== '' ? `${mark} ${type}` : mark + type;
  const parts = partsOf(value, depth);
  if (parts === undefined) return head || '{}';
  const rest = value.x === undefined ? [] : [`… ${cutSentences[value.x] ?? value.x}`];
  const inside = [...parts, ...rest].join(', ');
  const [open, close] = value.e ? ['[', ']'] : ['{', '}'];
  return `${head}${head === '' ? '' : ' '}${open}${inside === '' ? '' : ` ${inside} `}${close}`;
}

function partsOf({ f, e, m, x }: CapturedValue, depth: number): readonly string[] | undefined {
  if (depth <= 0) return ['…'];
  if (f) return f.map(([name, each]) => `${nameText(name)}: ${write(each, depth - 1)}`);
  if (e) return e.map((each) => write(each, depth - 1));
  if (m) return m.map(([key, each]) => `${write(key, depth - 1)} => ${write(each, depth - 1)}`);
  return x === undefined ? undefined : [];
}

const nameText = (name: string): string =>
  /^[\p{L}_$][\p{L}\d_$]*$/u.test(name) ? name : JSON.stringify(neutralise(name, 80));

const defaultNames: Readonly<Record<string, string>> = {
  array: 'Array',
  map: 'Map',
  set: 'Set',
  buffer: 'Buffer',
  promise: 'Promise',
  weak: 'weak collection',
  module: 'module',
  error: 'Error',
};

const cutSentences: Readonly<Record<string, string>> = {
  depth: 'deeper is not captured',
  fields: 'more fields',
  elements: 'more elements',
  characters: 'more characters',
  bytes: 'cut by its size',
  time: 'cut by its time',
  large: 'too large to be listed',
};

/** A capture in lines: its place, its values, its stack. */
export function captureLines(capture: Capture, options: CaptureTextOptions = {}): readonly string[] {
  const {
    at,
    function: name,
    file,
    line,
    instance,
    values,
    expressions,
    message,
    stack,
    entry,
    duration,
    redacted,
    cut,
  } = capture;
  const text = (given: string): string => neutralise(given, 300);
  const place = `${at}  ${text(name)} (${text(file)}:${line})  ${text(instance)}${entry === undefined ? '' : `  ${text(entry)}`}`;
  if (capture.kind === 'log')
    return [`${at} ${(capture.level ?? 'info').toUpperCase()} ${neutralise(message ?? '', 4_000)}`];
  const lines = [place];
  if (duration !== undefined) lines.push(`  took ${(duration * 1_000).toFixed(3)} ms`);
  const named = (title: string, pairs: readonly (readonly [string, CapturedValue])[] | undefined): void => {
    if (!pairs || pairs.length === 0) return;
    lines.push(`  ${title}:`, ...pairs.map(([key, value]) => `    ${text(key)} = ${valueText(value, options)}`));
  };
  if (values) {
    named('arguments', values.arguments);
    named('locals', values.locals);
    named('closure', values.closure);
    if (values.this) lines.push(`  this = ${valueText(values.this, options)}`);
    if (values.returned) lines.push(`  returned ${valueText(values.returned, options)}`);
    if (values.thrown) lines.push(`  threw ${valueText(values.thrown, options)}`);
  }
  for (const each of expressions ?? []) {
    lines.push(
      `  ${text(each.text)} = ${each.value ? valueText(each.value, options) : `(${text(each.error ?? 'no value')})`}`,
    );
  }
  if (stack && stack.length > 0) {
    lines.push(
      '  stack:',
      ...stack.map(
        (frame) =>
          `    at ${text(frame.function)} (${frame.file === undefined ? 'not the service’s own' : `${text(frame.file)}:${frame.line ?? '?'}`})`,
      ),
    );
  }
  if (redacted > 0) lines.push(`  ${redacted} ${redacted === 1 ? 'value was' : 'values were'} redacted`);
  if (cut.length > 0) lines.push(`  not whole: ${cut.map((reason) => cutSentences[reason] ?? reason).join(', ')}`);
  return lines;
}

/** A probe in one line: what, where, how it stands. */
export function probeLine({ probe, state, cause, detail, instances, hits, captures, numbers }: ProbeStatus): string {
  const { kind, place, target, condition } = probe.request;
  const text = (given: string): string => neutralise(given, 300);
  const armed = instances.filter((each) => each.state === 'armed').length;
  const moved = instances.find((each) => each.line !== undefined && each.line !== place.line)?.line;
  const where = `${text(place.file)}:${place.line}${moved === undefined ? '' : ` → ${moved}`}${place.at === 'line' ? '' : ` (${place.at})`}`;
  const standing = state === 'armed' ? `armed on ${armed} of ${instances.length}` : state;
  const why = detail === undefined ? '' : `: ${text(detail)}${cause === undefined ? '' : ` [${cause}]`}`;
  const counted =
    numbers.length === 0
      ? ''
      : `, ${numbers
          .slice(0, 5)
          .map(
            (each) =>
              `${each.by === null ? '' : `${text(each.by)} `}${each.count}${each.duration ? ` × ${each.count === 0 ? '–' : `${((each.duration.sum / each.count) * 1_000).toFixed(3)} ms`}` : ''}`,
          )
          .join(', ')}`;
  const told = kind === 'snapshot' || kind === 'log' ? `, ${captures} captured` : '';
  const { skipped, dropped } = notTold({ instances });
  const left = `${skipped === 0 ? '' : `, ${skipped} more hits left out by its limits`}${dropped === 0 ? '' : `, ${dropped} captures lost on their way to the collector`}`;
  return `${probe.id}  ${kind} ${where}  ${text(target.service)}${target.environment === undefined ? '' : ` in ${text(target.environment)}`}${condition === undefined ? '' : `  if ${text(condition)}`}  by ${text(probe.owner.name)}  ${standing}${why}, ${hits} hits${told}${left}${counted}`;
}
