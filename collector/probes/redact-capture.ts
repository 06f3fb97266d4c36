/**
 * The second look at what a sensor has sent: an older sensor, or one without the policy's names, may have let through
 * what is secret here.
 */
import type { Capture, CapturedValue } from '@runlens/protocol';
import type { ValueType } from '@runlens/protocol/redaction/names';
import type { Redactor } from '@runlens/protocol/redaction/redactor';
import { cleanText } from '../ingest/clean-text.ts';

const deepest = 16;

export function redactCapture(capture: Capture, redactor: Redactor): Capture {
  const again = new Again(redactor);
  const { values, expressions, message } = capture;
  const made: Capture = {
    ...capture,
    function: cleanText(capture.function),
    file: cleanText(capture.file),
    ...(values === undefined
      ? {}
      : {
          values: {
            ...values,
            ...(values.this === undefined ? {} : { this: again.value('this', values.this, 0) }),
            ...(values.arguments === undefined ? {} : { arguments: again.named(values.arguments, 0) }),
            ...(values.locals === undefined ? {} : { locals: again.named(values.locals, 0) }),
            ...(values.closure === undefined ? {} : { closure: again.named(values.closure, 0) }),
            ...(values.returned === undefined ? {} : { returned: again.value('', values.returned, 0) }),
            ...(values.thrown === undefined ? {} : { thrown: again.value('', values.thrown, 0) }),
          },
        }),
    ...(expressions === undefined
      ? {}
      : {
          expressions: expressions.map(({ text, value, error }) => ({
            text,
            // Named by the last word of what was asked: `user.password`.
            ...(value === undefined ? {} : { value: again.value(/[\w$#]+$/.exec(text)?.[0] ?? '', value, 0) }),
            ...(error === undefined ? {} : { error: again.text(error) }),
          })),
        }),
    ...(message === undefined ? {} : { message: again.text(message) }),
    ...(capture.entry === undefined ? {} : { entry: again.text(capture.entry) }),
  };
  return { ...made, redacted: made.redacted + again.redacted };
}

class Again {
  redacted = 0;
  readonly #redactor: Redactor;

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  text(text: string): string {
    const hidden = this.#redactor.text(text);
    // What stands in the place of what was hidden before is not hidden once more.
    if (hidden.text !== text) this.redacted += hidden.redacted;
    return hidden.text;
  }

  named(values: readonly (readonly [string, CapturedValue])[], depth: number): [string, CapturedValue][] {
    return values.map(([name, value]) => [this.text(name), this.value(name, value, depth + 1)]);
  }

  value(name: string, value: CapturedValue, depth: number): CapturedValue {
    if (value.t === 'redacted') return { t: 'redacted', x: 'redacted' };
    if (depth > deepest) return { t: value.t, x: 'depth' };
    if (name !== '' && this.#redactor.hidesName(name, typeOf(value))) {
      this.redacted += 1;
      return { t: 'redacted', x: 'redacted' };
    }
    return {
      ...value,
      ...(value.v === undefined ? {} : { v: this.text(value.v) }),
      ...(value.f === undefined ? {} : { f: this.named(value.f, depth) }),
      ...(value.e === undefined ? {} : { e: value.e.map((each) => this.value('', each, depth + 1)) }),
      ...(value.m === undefined
        ? {}
        : {
            m: value.m.map(([key, each]): [CapturedValue, CapturedValue] => [
              this.value('', key, depth + 1),
              this.value(key.v ?? '', each, depth + 1),
            ]),
          }),
    };
  }
}

function typeOf({ t }: CapturedValue): ValueType {
  if (t === 'boolean' || t === 'undefined' || t === 'null' || t === 'function' || t === 'unset' || t === 'accessor')
    return 'flag';
  if (t === 'number') return 'number';
  return t === 'string' || t === 'bigint' || t === 'symbol' ? 'text' : 'object';
}
