import { lineFeedEscape } from '../transform/twin-flatten.ts';

/** Captured before a program can replace them. */
const { apply } = Reflect;
const { freeze, defineProperty } = Object;
const { replaceAll } = String.prototype;
const { get, set } = WeakMap.prototype;

const asWritten = new WeakMap<object, object>();

/**
 * The arguments of a tag whose template was over several lines, from the same template on one: the texts as they were
 * written, the same object at each pass as the language has it, and the values. A line feed was written as an escape, which
 * the text does not have otherwise: in the cooked texts it is one again, in the raw ones it is made one here.
 */
export function templateArguments(strings: TemplateStringsArray, ...values: readonly unknown[]): readonly unknown[] {
  let written: unknown = apply(get, asWritten, [strings]);
  if (!written) {
    const cooked: unknown[] = [];
    const raw: string[] = [];
    for (let index = 0; index < strings.length; index += 1) {
      cooked[index] = strings[index];
      raw[index] = apply(replaceAll, strings.raw[index], [lineFeedEscape, '\n']);
    }
    defineProperty(cooked, 'raw', { value: freeze(raw) });
    written = freeze(cooked);
    apply(set, asWritten, [strings, written]);
  }
  return [written, ...values];
}
