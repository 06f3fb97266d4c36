/** What the editor runs in its extension host: the suites that RUNLENS_SUITES names, by mocha. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import Mocha from 'mocha';

/** Longer than what a test waits for, so that the failure says what did not come. */
const testTimeoutMilliseconds = 240_000;

/** Rejects with the number of failed tests, or when a suite that was named is not there. */
export function run(): Promise<void> {
  const wanted = (process.env.RUNLENS_SUITES ?? '').split(',').filter((name) => name !== '');
  const built = readdirSync(__dirname).filter((file) => file.endsWith('.suite.cjs'));
  const missing = wanted.filter((name) => !built.includes(`${name}.suite.cjs`));
  if (wanted.length === 0 || missing.length > 0) {
    return Promise.reject(
      new Error(`RUNLENS_SUITES has to name suites (not there: ${missing.join(', ') || 'none named'})`),
    );
  }
  const mocha = new Mocha({ ui: 'bdd', timeout: testTimeoutMilliseconds, color: false, forbidOnly: true });
  for (const name of wanted) mocha.addFile(join(__dirname, `${name}.suite.cjs`));
  return new Promise((resolve, reject) => {
    mocha.run((failures) => (failures === 0 ? resolve() : reject(new Error(`${failures} tests failed`))));
  });
}
