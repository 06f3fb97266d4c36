// Runs the tests of the package in the current folder that are written for tape: each file, in one process.
const { readdirSync } = require('node:fs');
const { join } = require('node:path');

const folder = join(process.cwd(), 'test');
for (const file of readdirSync(folder).sort()) {
  if (file.endsWith('.js') && !file.startsWith('_')) require(join(folder, file));
}
