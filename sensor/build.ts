import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';

/**
 * The files of the sensor, each loaded when it is first needed:
 *
 * | file | when |
 * | --- | --- |
 * | `register.js` | at the start of every process: hooks and the counters |
 * | `instrument.cjs` | by the first first-party file: parser and transform |
 * | `session.cjs` | by the first flush: identities and export |
 * | `babel.cjs` | by the first text that is TypeScript, JSX or newer than acorn |
 * | `off-thread.cjs`, `hooks-thread.js` | by the first module on Node 20 |
 * | `last-flush-thread.cjs` | when the process ends |
 */
const here = fileURLToPath(new URL('.', import.meta.url));

const shared: BuildOptions = {
  absWorkingDir: here,
  bundle: true,
  platform: 'node',
  target: 'node20',
  conditions: ['runlens-source'],
  legalComments: 'none',
  logLevel: 'warning',
  // CommonJS files have no import.meta.url: it is made from the path.
  plugins: [lazyBabel()],
};
const cjs: BuildOptions = {
  ...shared,
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  define: { 'import.meta.url': '__runlensUrl' },
  banner: { js: "const __runlensUrl = require('node:url').pathToFileURL(__filename).href;" },
};

/** Builds the sensor into a folder, whole: the folder can be copied anywhere and preloaded by its `register.js`. */
export async function buildSensor(outdir: string, options: { readonly minify?: boolean } = {}): Promise<void> {
  const { minify = false } = options;
  await mkdir(outdir, { recursive: true });
  await Promise.all([
    build({
      ...shared,
      format: 'esm',
      entryPoints: { register: 'register.ts', 'hooks-thread': 'load/hooks-thread.ts' },
      outdir,
      minify,
    }),
    build({
      ...cjs,
      entryPoints: {
        instrument: 'load/instrument.ts',
        session: 'export/session.ts',
        'off-thread': 'load/off-thread.ts',
        'last-flush-thread': 'export/last-flush-thread.ts',
      },
      outdir,
      minify,
    }),
    build({
      ...cjs,
      stdin: { contents: "export { parse } from '@babel/parser';", resolveDir: here },
      outfile: join(outdir, 'babel.cjs'),
      minify,
      plugins: [],
    }),
  ]);
  await writeFile(join(outdir, 'package.json'), await packageText());
}

/** What a copied folder needs so that Node takes `register.js` for a module, and the version that it tells. */
async function packageText(): Promise<string> {
  const { name, version, license }: Record<string, unknown> = JSON.parse(
    await readFile(join(here, 'package.json'), 'utf8'),
  );
  const description = { name, version, license, type: 'module', exports: './register.js' };
  return `${JSON.stringify(description, undefined, 2)}\n`;
}

/** Babel's parser is a file of its own: most services never need it. */
function lazyBabel(): Plugin {
  return {
    name: 'lazy-babel',
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]transform[\\/]parse\.ts$/ }, async ({ path }) => ({
        contents: (await readFile(path, 'utf8')).replaceAll("('@babel/parser')", "('./babel.cjs')"),
        loader: 'ts',
      }));
    },
  };
}
