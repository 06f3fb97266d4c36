/**
 * Makes the parser quick before a document is opened. WebAssembly is compiled when it first runs and optimised when it
 * has run for a while: the first large text took 270 ms of processor time, after this 130 (`bench/lens.bench.ts`).
 */
import { readdir } from 'node:fs/promises';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { languages } from '../languages/registry.ts';
import { loadGrammar } from './grammars.ts';
import type { Parsers } from './parsed-text.ts';

/** An editor that has just started has other things to do; what it opens at once is read at once all the same. */
const restMilliseconds = 300;
/** Each reading takes some milliseconds, and what is asked for goes between two of them. */
const readings = 30;
const sampleLength = 10_000;

/** Reads samples of the languages whose marks lie in these folders. Never rejects. */
export async function warmUp(parsers: Parsers, folders: readonly string[], signal: AbortSignal): Promise<void> {
  try {
    await wait(restMilliseconds, undefined, { signal, ref: false });
    const files = new Set((await Promise.all(folders.map(namesIn))).flat());
    for (const definition of languages) {
      if (!definition.workspaceFiles?.some((name) => files.has(name))) continue;
      await loadGrammar(definition);
      const { sample } = definition;
      if (sample === undefined) continue;
      const text = sample.repeat(Math.ceil(sampleLength / sample.length));
      for (let reading = 0; reading < readings && !signal.aborted; reading += 1) {
        const result = await parsers.parse(definition, text);
        if (result.kind === 'parsed') result.parsed.dispose();
        await turn();
      }
    }
  } catch {
    // Stopped, or a grammar is damaged: who opens a document is told.
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}
