import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type OutputFile, type Plugin } from 'esbuild';

/**
 * The files of the sensor, each loaded when it is first needed:
 *
 * | file | when |
 * | --- | --- |
 * | `register.js` | at the start of every process: hooks and the counters |
 * | `instrument.cjs` | by the first first-party file: kept plans, planning, rendering |
 * | `hand-over.cjs`, `export-thread.cjs` | by the first flush: the thread for identities and export |
 * | `session.cjs` | the same in this thread: by the end of a process that had no flush, and in worker threads |
 * | `callers.cjs` | with the first slots: who calls the functions, and for which route or job |
 * | `requests.cjs` | with `callers.cjs`, or by the first driver: which request is being answered |
 * | `exceptions.cjs` | by the first error that leaves a function: where it was thrown, who catches it |
 * | `probes-values.cjs`, `probes.cjs`, `probes-thread.cjs` | by the first probe, in this thread (compiled by that of the export) and in that |
 * | `probes-fallback.cjs` | by the first probe in code without gates, where the owner allows V8's inspector |
 * | `acorn.cjs` | by the first text of which no plan is kept |
 * | `operations.cjs` | by the first driver of a database or call out |
 * | `babel.cjs` | by the first such text that is TypeScript, JSX or newer than acorn |
 * | `off-thread.cjs`, `hooks-thread.js` | by the first module on Node 20 |
 * | `children.cjs` | by the first file of a process that was preloaded by its command line |
 * | `lambda.cjs` | at the start on AWS Lambda |
 * | `prepare.cjs` | where the program is planned ahead instead of run |
 * | `threads.cjs` | by the first worker thread of the service, and by the first file of each |
 * | `last-flush-thread.cjs` | when a process without an export thread ends |
 */
const here = fileURLToPath(new URL('.', import.meta.url));

const parsers = { 'acorn.cjs': 'acorn', 'babel.cjs': '@babel/parser' } as const;

/** Stands for the plan version in what is bundled; as long as what replaces it. */
const versionMark = 'runlens-plan-version'.padEnd(64, '-');

const shared: BuildOptions = {
  absWorkingDir: here,
  bundle: true,
  platform: 'node',
  target: 'node20',
  conditions: ['runlens-source'],
  legalComments: 'none',
  logLevel: 'warning',
  define: { __runlensPlanVersion: JSON.stringify(versionMark) },
  plugins: [lazyParsers()],
  write: false,
};
const cjs: BuildOptions = {
  ...shared,
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  // CommonJS files have no import.meta.url: it is made from the path.
  define: { ...shared.define, 'import.meta.url': '__runlensUrl' },
  banner: { js: "const __runlensUrl = require('node:url').pathToFileURL(__filename).href;" },
};

/** Builds the sensor into a folder, whole: the folder can be copied anywhere and preloaded by its `register.js`. */
export async function buildSensor(outdir: string, options: { readonly minify?: boolean } = {}): Promise<void> {
  const { minify = false } = options;
  const results = await Promise.all([
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
        'hand-over': 'export/hand-over.ts',
        'export-thread': 'export/export-thread.ts',
        operations: 'operations/operations.ts',
        callers: 'callers/watch.ts',
        exceptions: 'errors/exceptions.ts',
        requests: 'requests/requests.ts',
        'probes-values': 'probes/engine/engine-values.ts',
        'probes-thread': 'probes/engine/thread-side.ts',
        'probes-fallback': 'probes/fallback/inspector-gates.ts',
        'off-thread': 'load/off-thread.ts',
        children: 'processes/children.ts',
        lambda: 'processes/lambda.ts',
        prepare: 'load/prepare-program.ts',
        threads: 'processes/threads.ts',
        'last-flush-thread': 'export/last-flush-thread.ts',
      },
      outdir,
      minify,
    }),
    build({
      ...cjs,
      entryPoints: { probes: 'probes/engine/runner.ts' },
      outdir,
      minify,
      plugins: [valuesOfProbes()],
    }),
    ...Object.entries(parsers).map(([file, name]) =>
      build({
        ...cjs,
        stdin: { contents: `export { parse } from '${name}';`, resolveDir: here },
        outfile: join(outdir, file),
        minify,
        plugins: [],
      }),
    ),
  ]);
  const files = results.flatMap(({ outputFiles }) => outputFiles ?? []);
  const version = planVersion(files);
  await mkdir(outdir, { recursive: true });
  for (const { path, text } of files) await writeFile(path, text.replaceAll(versionMark, version));
  await writeFile(join(outdir, 'package.json'), await packageText());
}

/**
 * A digest of all that has a part in plans: parsers, naming, what is inserted, and the form in which plans are kept. A
 * built sensor uses only plans of its own version (load/plan-version.ts), and nobody has to remember to raise a number.
 */
function planVersion(files: readonly OutputFile[]): string {
  const digest = createHash('sha256');
  for (const name of ['instrument.cjs', ...Object.keys(parsers)]) {
    const file = files.find(({ path }) => basename(path) === name);
    if (!file) throw new Error(`the sensor was built without ${name}`);
    digest.update(file.contents);
  }
  return digest.digest('hex');
}

/** What a copied folder needs so that Node takes `register.js` for a module, and the version that it tells. */
async function packageText(): Promise<string> {
  const { name, version, license }: Record<string, unknown> = JSON.parse(
    await readFile(join(here, 'package.json'), 'utf8'),
  );
  const description = { name, version, license, type: 'module', exports: './register.js' };
  return `${JSON.stringify(description, undefined, 2)}\n`;
}

/** What the engine of probes imports of its other file. */
function valuesOfProbes(): Plugin {
  const own =
    /[\\/](?:redaction[\\/](?:names|patterns|redactor)|(?:capture-value|data-properties|flat-values|intrinsics|judged-texts|shown-values)\.ts)$/;
  return {
    name: 'values-of-probes',
    setup({ onResolve }) {
      onResolve({ filter: own }, ({ kind }) =>
        kind === 'import-statement' ? { path: './probes-values.cjs', external: true } : undefined,
      );
    },
  };
}

/** Parsers are files of their own: many starts need none of them. */
function lazyParsers(): Plugin {
  return {
    name: 'lazy-parsers',
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]transform[\\/]parse\.ts$/ }, async ({ path }) => {
        let contents = await readFile(path, 'utf8');
        for (const [file, name] of Object.entries(parsers))
          contents = contents.replaceAll(`('${name}')`, `('./${file}')`);
        return { contents, loader: 'ts' };
      });
    },
  };
}
