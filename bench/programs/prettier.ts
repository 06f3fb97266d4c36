/** Prettier formats the files named on its command line, into nothing. */
import { readFileSync } from 'node:fs';
import { phase, tellPhases } from './phases.ts';

// The CommonJS form: the same code as the module, and within reach of hooks that know only `require`.
const prettier: typeof import('prettier/standalone') = require('prettier/standalone');
const plugins = [require('prettier/plugins/babel'), require('prettier/plugins/estree')];
phase('load');

async function format(files: readonly string[]): Promise<void> {
  let characters = 0;
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    characters += (await prettier.format(text, { parser: 'babel', plugins })).length;
  }
  phase('work');
  tellPhases(`${files.length} files, ${characters} characters`);
}

format(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
