/** How the command line is bundled; without an `outfile`. */
import { fileURLToPath } from 'node:url';
import type { BuildOptions } from 'esbuild';

const common = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  conditions: ['runlens-source'],
} satisfies BuildOptions;

/** `runlens.mjs`, with the collector in it. */
export const cliBundle = {
  ...common,
  entryPoints: [fileURLToPath(new URL('./main.ts', import.meta.url))],
  target: 'node22',
  // Its CommonJS loads its own files by a name that a bundler does not see.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  // Packages that are CommonJS inside ask for `require`; an ES module has none of its own.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
} satisfies BuildOptions;

/** `runlens-hook.mjs`, beside it: `runlens hook`, for each Node that a service may have, as nothing in it needs a newer one. */
export const hookBundle = {
  ...common,
  entryPoints: [fileURLToPath(new URL('./hook/main.ts', import.meta.url))],
  target: 'node20',
} satisfies BuildOptions;
