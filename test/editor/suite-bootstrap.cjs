// Runs in the extension host in place of the suite, runs the suite, and writes what it prints to a file: in this editor
// the console of the extension host goes to the page, unformatted and mixed with the editor's own lines.
const { Console } = require('node:console');
const { appendFileSync } = require('node:fs');
const { Writable } = require('node:stream');
const { pathToFileURL } = require('node:url');

const output = process.env.RUNLENS_SUITE_OUTPUT;
const suite = process.env.RUNLENS_SUITE_PATH;

exports.run = async () => {
  if (output === undefined || suite === undefined) throw new Error('the launcher named no suite');
  const toFile = new Writable({
    decodeStrings: true,
    write: (chunk, _encoding, done) => {
      appendFileSync(output, chunk);
      done();
    },
  });
  // Whole objects are replaced, because the extension host has sealed the methods of its own. Before the suite loads:
  // mocha's reporters keep the console.log that they find then.
  globalThis.console = new Console({ stdout: toFile, stderr: toFile });
  for (const name of ['stdout', 'stderr']) {
    Object.defineProperty(process, name, { value: toFile, configurable: true, writable: true });
  }
  const loaded = await import(pathToFileURL(suite).href);
  const run = loaded.run ?? loaded.default?.run;
  if (typeof run !== 'function') throw new Error(`${suite} exports no function run()`);
  // The editor prints what is thrown here, and ends with 1.
  await run();
};
