// node build.mjs [--minify]: the shop as one file, dist/shop.js or dist/shop.min.js, with its source map beside it.
import { build } from 'esbuild';

const minify = process.argv.includes('--minify');

await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: ['main.ts'],
  outfile: minify ? 'dist/shop.min.js' : 'dist/shop.js',
  bundle: true,
  minify,
  sourcemap: true,
  platform: 'node',
  target: 'node22',
  format: 'esm',
  // Fastify and its parts are CommonJS; in an ES module their require() has to come from somewhere.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  logLevel: 'warning',
});
