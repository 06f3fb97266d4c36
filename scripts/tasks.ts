/** The tasks behind `npm run …`; started by run.mjs with the right Node and everything installed. */
import { build } from './build.ts';
import { check, format } from './check.ts';
import { packageExtension } from './package.ts';
import { testAll, testUnit } from './test.ts';

type Task = (args: readonly string[]) => Promise<void>;

const tasks: Readonly<Record<string, { readonly about: string; readonly run: Task }>> = {
  setup: { about: 'only install what the other tasks need', run: async () => {} },
  build: { about: 'bundle the extension, the server, the command line and the sensor into dist/', run: () => build() },
  check: { about: 'types, lint, import rules, formatting, unused code', run: () => check() },
  format: { about: 'format and fix what can be fixed', run: () => format() },
  test: { about: 'all tests, in real processes and the real editor', run: testAll },
  'test:unit': { about: 'unit tests only', run: testUnit },
  demo: {
    about: 'the shop under load, the collector, and the editor with live lenses',
    run: async (args) => (await import('./demo.ts')).demo(args),
  },
  bench: {
    about: 'the benchmarks; name one to run it alone',
    run: async (args) => (await import('./bench.ts')).bench(args),
  },
  package: { about: 'the .vsix that installs on every platform', run: () => packageExtension() },
};

const [name = 'help', ...args] = process.argv.slice(2);
const task = tasks[name];
if (task) {
  try {
    await task.run(args);
  } catch (error) {
    console.error(`runlens: ${name} failed: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
} else {
  console.log('npm run TASK, where TASK is one of:\n');
  for (const [key, { about }] of Object.entries(tasks)) console.log(`  ${key.padEnd(10)} ${about}`);
  process.exitCode = name === 'help' ? 0 : 2;
}
