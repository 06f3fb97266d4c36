/** Loads the parser runtime and the grammars, each once, when first asked for. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Language, Parser } from 'web-tree-sitter';
import type { LanguageDefinition } from '../languages/definition.ts';

/** Beside the bundled server lies `grammars/`; from the sources, the files are those of the packages. */
function wasmPath(name: string): string {
  const bundled = new URL(`./grammars/${name}.wasm`, import.meta.url);
  if (existsSync(bundled)) return fileURLToPath(bundled);
  const require = createRequire(import.meta.url);
  return require.resolve(
    name === 'web-tree-sitter' ? `${name}/${name}.wasm` : `@vscode/tree-sitter-wasm/wasm/${name}.wasm`,
  );
}

let runtime: Promise<void> | undefined;
const loaded = new Map<string, Promise<Language>>();

/** The language's grammar. Rejects with a plain message when its file is missing or damaged. */
export function loadGrammar(definition: LanguageDefinition): Promise<Language> {
  runtime ??= readFile(wasmPath('web-tree-sitter')).then((wasmBinary) => Parser.init({ wasmBinary }));
  let grammar = loaded.get(definition.grammar);
  if (!grammar) {
    grammar = runtime
      .then(() => readFile(wasmPath(definition.grammar)))
      .then((bytes) => Language.load(bytes))
      .catch((error: unknown) => {
        throw new Error(`The grammar ${definition.grammar} cannot be loaded; reinstall the extension.`, {
          cause: error,
        });
      });
    loaded.set(definition.grammar, grammar);
  }
  return grammar;
}
