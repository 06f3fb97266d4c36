import { afterAll, beforeAll, expect, it } from 'vitest';
import { root } from '../../scripts/toolchain.mjs';
import { folderWith, packageFolder, runBeside } from './beside-service.ts';
import type { ServiceFolder } from './service-process.ts';

/** Each prints the names and lengths of what a package exports, and what a few of its functions answer. */
const programs: Readonly<Record<string, string>> = {
  lodash: `_.chain([3, 1, 2]).sortBy().map((n) => n * 2).groupBy((n) => n % 4).value(), _.template('<%= a %>')({ a: 1 }),
    _.merge({ a: [1] }, { a: [2, 3] }), _.debounce.length`,
  rxjs: `await _.range(1, 9).pipe(require('rxjs/operators').filter((n) => n % 2), require('rxjs/operators').toArray()).toPromise()`,
};

let folder: ServiceFolder;
beforeAll(async () => {
  const files = Object.entries(programs).map(([name, answers]) => [
    `${name}.cjs`,
    `const _ = require('${name}');
(async () => {
  const shape = Object.keys(_).sort().map((key) => [key, typeof _[key], _[key]?.name, _[key]?.length]);
  console.log(JSON.stringify([shape, ${answers}]));
})();
`,
  ]);
  folder = await folderWith(Object.keys(programs), Object.fromEntries(files));
});
afterAll(() => folder[Symbol.asyncDispose]());

it.each(Object.keys(programs))('%s, all of it measured, exports and answers the same', async (name) => {
  const run = (preload: readonly string[]) =>
    runBeside({
      node: 24,
      folder,
      preload,
      arguments: [`${name}.cjs`],
      environment: { RUNLENS_ROOT: root, RUNLENS_INCLUDE: `${packageFolder(name).slice(root.length + 1)}/**` },
    });
  const plain = await run([]);
  const measured = await run(['--import', '@runlens/sensor']);
  expect(plain.stdout.length).toBeGreaterThan(100);
  expect({ code: measured.code, stdout: measured.stdout, stderr: measured.stderr }).toEqual({
    code: 0,
    stdout: plain.stdout,
    stderr: plain.stderr,
  });
  expect(Object.values(measured.calls).reduce((sum, calls) => sum + calls, 0)).toBeGreaterThan(100);
});
