/** What a person is asked before a model writes into the repository's memory, or takes something out. */
import { lineOf } from './probe-confirmation.ts';

/** Of tools that do, in package.json. */
export const memoryTag = 'changes-memory';

const shown = ['kind', 'title', 'text', 'functions', 'services', 'events', 'open', 'replaces'];

/** All that matters of the input, a line each; it comes from a model, so it is cut and holds no control characters. */
export function memoryConfirmation(input: object): { readonly title: string; readonly text: string } {
  const values = new Map<string, unknown>(Object.entries(input));
  const id = values.get('id');
  if (id !== undefined && !values.has('title')) {
    return { title: 'Forget a memory of this repository?', text: `id: ${lineOf(id)}` };
  }
  const lines = shown.flatMap((name) => {
    const value = values.get(name);
    return value === undefined ? [] : [`${name}: ${lineOf(value)}`];
  });
  return { title: 'Write this into the memory of the repository?', text: lines.join('\n') };
}
