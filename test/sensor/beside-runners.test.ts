import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderWith, runBeside } from './beside-service.ts';
import type { NodeMajor, ServiceFolder } from './service-process.ts';

/** One test passes, one fails, one looks at the text of a function and one at its stack; the failing one sets the exit code. */
const tests = (prefix: string) => `${prefix}
test('passes', () => expect(sum([1, 2, 3])).toBe(6));
test('fails', () => expect(sum([1])).toBe(2));
test('text', () => expect(String(sum)).toContain('values.reduce((a, b) => a + b, 0)'));
test('throws', () => expect(() => sum(undefined)).toThrow(TypeError));
`;
const sum = 'function sum(values) { return values.reduce((a, b) => a + b, 0); }\n';

let folder: ServiceFolder;
beforeAll(async () => {
  folder = await folderWith(['jest', 'vitest', 'vite'], {
    'jest/sum.js': `${sum}module.exports = { sum };\n`,
    'jest/sum.test.js': tests("const { sum } = require('./sum.js');"),
    'jest/other.test.js': "test('other', () => expect(new Error('x').stack).toContain('other.test.js:1:'));\n",
    'jest/setup.cjs': 'module.exports = async function setup() { await tell(); };\nasync function tell() {}\n',
    'jest/jest.config.cjs': "module.exports = { globalSetup: './setup.cjs', transform: {}, watchman: false };\n",
    'vitest/sum.mjs': `export ${sum}`,
    'vitest/sum.test.mjs': tests("import { expect, test } from 'vitest';\nimport { sum } from './sum.mjs';"),
    'vitest/vitest.config.mjs': 'export default {};\n',
  });
});
afterAll(() => folder[Symbol.asyncDispose]());

interface Report {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly title: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** What a runner's report in JSON says: each test, its state, and what it failed with. */
function results(stdout: string): readonly string[] {
  const report: Report = JSON.parse(stdout.slice(stdout.indexOf('{')));
  return report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .map(({ title, status, failureMessages }) => `${title}: ${status} ${failureMessages[0]?.split('\n')[0] ?? ''}`)
    .toSorted();
}

async function run(node: NodeMajor, measured: boolean, program: readonly string[]) {
  return runBeside({
    node,
    folder,
    preload: [],
    arguments: program,
    environment: {
      NODE_NO_WARNINGS: '1',
      CI: '1',
      // As a terminal of the editor would: all processes and threads of the runner inherit it.
      ...(measured ? { NODE_OPTIONS: '--import @runlens/sensor' } : {}),
    },
  });
}

/** Jest compiles tests and what they load in contexts of its own: only what Node loads for it is measured. */
describe.each([22, 24] as const)('jest has the same results and exit code, on Node %i', (node) => {
  it('in workers', async () => {
    const program = [
      'node_modules/jest/bin/jest.js',
      '--config=jest/jest.config.cjs',
      '--json',
      '--no-cache',
      '--maxWorkers=2',
    ];
    const plain = await run(node, false, program);
    const measured = await run(node, true, program);
    expect(results(plain.stdout)).toHaveLength(5);
    expect(results(plain.stdout).filter((each) => each.includes(': passed'))).toHaveLength(4);
    expect(results(measured.stdout)).toEqual(results(plain.stdout));
    expect([plain.code, measured.code]).toEqual([1, 1]);
    expect(measured.stderr).not.toContain('runlens');
    expect(measured.calls).toEqual({ 'jest/setup.cjs:1 setup': 1, 'jest/setup.cjs:2 tell': 1 });
  });
});

/** Vitest too. */
describe.each([20, 22, 24] as const)('vitest has the same results and exit code, on Node %i', (node) => {
  it.each(['forks', 'threads', 'vmThreads'])('%s', async (pool) => {
    const program = ['node_modules/vitest/vitest.mjs', 'run', '--root=vitest', '--reporter=json', `--pool=${pool}`];
    const plain = await run(node, false, program);
    const measured = await run(node, true, program);
    expect(results(plain.stdout)).toHaveLength(4);
    expect(results(plain.stdout).filter((each) => each.includes(': passed'))).toHaveLength(3);
    expect(results(measured.stdout)).toEqual(results(plain.stdout));
    expect([plain.code, measured.code]).toEqual([1, 1]);
    expect(measured.stderr).not.toContain('runlens');
    expect(measured.calls).toEqual({});
  });
});
