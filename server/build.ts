/**
 * How the server is bundled: `dist/server.cjs` (CommonJS, as its libraries are), with `dist/grammars/*.wasm` beside it.
 * It runs on Node 20 and newer.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { BuildOptions } from 'esbuild';
import { languages } from './languages/registry.ts';

/** The entry for esbuild, without its `outfile`: `server.cjs` in the folder that also holds `grammars/`. */
export const serverBundle = {
  entryPoints: [fileURLToPath(new URL('./main.ts', import.meta.url))],
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  conditions: ['runlens-source'],
  // The sources find the grammars beside themselves; a CommonJS file has no `import.meta`.
  define: { 'import.meta.url': 'bundleUrl' },
  banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
  // Its ES module asks for `import.meta` in ways that a define does not reach.
  alias: { 'web-tree-sitter': fileURLToPath(import.meta.resolve('web-tree-sitter')).replace(/\.js$/, '.cjs') },
  logOverride: { 'empty-import-meta': 'silent' },
} satisfies BuildOptions;

/** The server's file name within the output folder. */
export const serverFile = 'server.cjs';

/** Files to copy: the parser's runtime and each grammar once, by their path within the output folder. */
export function grammarFiles(): readonly { readonly from: string; readonly to: string }[] {
  const require = createRequire(import.meta.url);
  const grammars = [...new Set(languages.map(({ grammar }) => grammar))];
  return [
    { from: require.resolve('web-tree-sitter/web-tree-sitter.wasm'), to: 'grammars/web-tree-sitter.wasm' },
    ...grammars.map((grammar) => ({
      from: require.resolve(`@vscode/tree-sitter-wasm/wasm/${grammar}.wasm`),
      to: `grammars/${grammar}.wasm`,
    })),
  ];
}
