import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { exitCodes } from '../exit-codes.ts';
import { oldNodeSentence } from '../node-version.ts';
import type { Check } from './check.ts';

export const nodeCheck: Check = {
  name: 'node',
  async run() {
    const { node } = process.versions;
    const remedy = oldNodeSentence(node);
    if (remedy === undefined) return { status: 'ok', finding: `this command runs on Node ${node}` };
    return { status: 'failed', finding: `this command runs on Node ${node}`, remedy, exitCode: exitCodes.failure };
  },
};

/** The sensor supports Node from this major version on. */
const oldestServiceNode = 20;

export const serviceNodeCheck: Check = {
  name: 'service node',
  async run({ session }) {
    // The one on the PATH is what `runlens run -- node app.js` starts; on Windows it is found by its extension.
    const version = await promisify(execFile)('node', ['--version'], {
      env: { ...session.env, NODE_OPTIONS: '' },
      timeout: 10_000,
    }).then(
      ({ stdout }) => stdout.trim().replace(/^v/, ''),
      () => undefined,
    );
    if (version === undefined) {
      return {
        status: 'warning',
        finding: 'there is no "node" on the PATH',
        remedy: `Put Node ${oldestServiceNode} or newer on the PATH, or start services by its full path.`,
      };
    }
    if (Number(version.split('.')[0]) >= oldestServiceNode) {
      return { status: 'ok', finding: `services start on Node ${version}` };
    }
    return {
      status: 'warning',
      finding: `services start on Node ${version}, where the sensor does nothing`,
      remedy: `Run services on Node ${oldestServiceNode}, 22 or 24.`,
    };
  },
};
