import type { CaptureLimits } from '@runlens/protocol/probes/limits';
import { isSecretName } from '@runlens/protocol/redaction/names';
import { namedValue, secretPatterns } from '@runlens/protocol/redaction/patterns';
import type { Redactor } from '@runlens/protocol/redaction/redactor';
import type { GateHandler } from '../../runtime/open-functions.ts';
import { LargePlaces, ValueCapture } from '../capture-value.ts';
import { JudgedTexts } from '../judged-texts.ts';
import { shownValues } from '../shown-values.ts';
import type { HitFrame } from './frame.ts';
import { captureFrame, shownFrameValues } from './hit-capture.ts';
import type { PlacedProbe } from './messages.ts';
import { stackBelow } from './raw-frames.ts';
import type { ProbeRunner, ProbeRunnerOptions } from './runner.ts';

const limits: CaptureLimits = {
  depth: 3,
  fields: 20,
  elements: 10,
  characters: 64,
  frames: 16,
  bytes: 65_536,
  milliseconds: 20,
};
/** V8 compiles a pattern when it is first looked by, and once more, to machine code, the next time. */
const turns = 2;

class Sample {
  readonly name = 'a name';
  readonly count = 3;
  readonly parts = ['one', { two: 2 }];
  get computed(): number {
    return this.count;
  }
}

/** Each is looked at by other patterns. */
const texts = [
  'a text',
  'a text: of=some words',
  'https://user:word@host.example/path?key=value&list=a,b',
  'words and 4111 1111 1111 1112 digits, so long that its form is looked at',
];
const values: Readonly<Record<string, unknown>> = {
  text: texts.join(' '),
  token: 'x',
  number: 1.5,
  map: new Map<unknown, unknown>([['key', { value: 1n }]]),
  set: new Set([Symbol('s'), undefined, null]),
  date: new Date(0),
  pattern: /a/,
  error: new TypeError('a message'),
  bytes: new Float64Array(2),
  call: Sample,
  sample: new Sample(),
  shared: new Array(3).fill({ deep: { deeper: { deepest: {} } } }),
};

/**
 * Does for nothing what hits do, before the first probe is open: V8 reads and compiles functions when they are first
 * called, and a first capture took 3 ms of which 2 were that, so that its own budget of time cut it. A step at a time.
 */
export function* rehearse(
  redactor: Redactor,
  newRunner: (options: Pick<ProbeRunnerOptions, 'runtime' | 'post'>) => ProbeRunner,
): Generator<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    yield* look(redactor);
    for (const [name, value] of Object.entries(values)) {
      const capture = new ValueCapture(limits, redactor);
      capture.add(name, value);
      shownValues(capture.finish(), 1, redactor);
      yield;
    }
  }
  for (const kind of ['counter', 'log', 'snapshot', 'timer'] as const) {
    for (let turn = 0; turn < turns; turn += 1) {
      hit(kind, newRunner);
      yield;
    }
  }
}

/** Of sixty captures the next are half as long as after two (`npm run bench -- probes`); more bring next to nothing. */
const captures = 60;

/**
 * Goes on when the first probe is open already: what captures is compiled to machine code by then, mostly before its first
 * hit. A capture a step.
 */
export function* practise(redactor: Redactor): Generator<void> {
  const names = Object.keys(values).map((name, index) => ({ name, index, kind: 'let' as const }));
  const all = Object.values(values);
  const large = new LargePlaces();
  const frame: HitFrame = {
    read: (index) => all[index],
    value: undefined,
    exit: undefined,
    duration: undefined,
    hits: 0,
  };
  for (let turn = 0; turn < captures; turn += 1) {
    const held = captureFrame(frame, names, [], limits, redactor, large, undefined);
    stackBelow(practise, limits.frames);
    yield;
    const judged = new JudgedTexts(held.values, redactor);
    judged.judge(() => true);
    shownFrameValues(held, names, judged);
    yield;
  }
}

function* look(redactor: Redactor): Generator<void> {
  // Its lists are made, and then its pattern.
  isSecretName('a name', 'text', new Set(['another']));
  yield;
  redactor.hidesName('quantity', 'text');
  yield;
  redactor.hidesName('theToken', 'text');
  yield;
  namedValue();
  yield;
  for (const { pattern } of secretPatterns) {
    // It is parsed when it is made, compiled when it is first looked by, and to machine code the next time.
    pattern();
    yield;
    for (const text of texts) {
      text.search(pattern());
      yield;
    }
  }
  for (const text of texts) {
    redactor.text(text);
    yield;
  }
}

function hit(
  kind: PlacedProbe['kind'],
  newRunner: (options: Pick<ProbeRunnerOptions, 'runtime' | 'post'>) => ProbeRunner,
): void {
  let handler: GateHandler | undefined;
  const runner = newRunner({
    runtime: {
      open: (_slot, count) => new Uint8Array(count),
      close: () => {},
      onGate: (given) => {
        handler = given;
      },
      callsOf: () => 0,
    },
    post: () => {},
  });
  runner.take([{ do: 'place', probe: placed(kind), secretNames: [] }]);
  const call = { slot: 0, state: undefined };
  for (const gate of [0, 3, 1]) handler?.(call, gate, () => values, undefined);
  runner.end();
  runner.take([{ do: 'close' }]);
}

function placed(kind: PlacedProbe['kind']): PlacedProbe {
  const isTimer = kind === 'timer';
  return {
    id: 'rehearsal',
    kind,
    copies: [
      {
        slot: 0,
        gateCount: 4,
        gates: isTimer
          ? [
              { gate: 0, role: 'begin' },
              { gate: 1, role: 'return' },
            ]
          : [{ gate: 3, role: 'hit' }],
        names: [{ index: 0, name: 'all', kind: 'parameter' }],
      },
    ],
    condition: {
      is: 'binary',
      operator: '!==',
      left: { is: 'member', of: { is: 'name', name: 'all' }, key: { is: 'value', value: 'number' }, optional: false },
      right: { is: 'value', value: 0 },
    },
    expressions: [],
    texts: ['a line'],
    level: 'info',
    toServiceLog: false,
    by: undefined,
    limits,
    hits: null,
    rate: null,
    expiresAt: Number.MAX_SAFE_INTEGER,
    paused: false,
    isPreview: false,
  };
}
