import type { CaptureLimits } from '@runlens/protocol/probes/limits';
import type { Redactor } from '@runlens/protocol/redaction/redactor';
import { captureValues } from '../capture-value.ts';

const limits: CaptureLimits = {
  depth: 3,
  fields: 20,
  elements: 10,
  characters: 64,
  frames: 0,
  bytes: 65_536,
  milliseconds: 20,
};
const turns = 2;

class Sample {
  readonly name = 'a name';
  readonly count = 3;
  readonly parts = ['one', { two: 2 }];
  get computed(): number {
    return this.count;
  }
}

/**
 * Captures some values for nothing, before the first probe is open: V8 reads and compiles functions when they are first
 * called, and a first capture took 3 ms of which 2 were that, so that its own budget of time cut it. A step at a time.
 */
export function* warmUp(redactor: Redactor): Generator<void> {
  const values: Readonly<Record<string, unknown>> = {
    text: 'a text: of=some words and 12345 digits, long enough that its form is looked at',
    token: 'x',
    address: 'https://user:word@host.example/path?key=value&list=a,b',
    number: 1.5,
    map: new Map<unknown, unknown>([['key', { value: 1n }]]),
    set: new Set([Symbol('s'), undefined, null]),
    date: new Date(0),
    pattern: /a/,
    error: new TypeError('a message'),
    bytes: new Float64Array(2),
    call: warmUp,
    sample: new Sample(),
    shared: new Array(3).fill({ deep: { deeper: { deepest: {} } } }),
  };
  const variables = Object.entries(values).map(([name, value]) => ({ name, read: () => value }));
  for (let turn = 0; turn < turns; turn += 1) {
    for (const variable of variables) {
      captureValues([variable], limits, redactor);
      yield;
    }
  }
}
