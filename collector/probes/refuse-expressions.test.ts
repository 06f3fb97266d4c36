import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

/** Each nests within the length of an expression, and not by brackets. */
const deep = [
  `${'!'.repeat(2_000)}a`,
  `${'typeof '.repeat(280)}a`,
  `${'a?b:'.repeat(500)}c`,
  `a${'.b'.repeat(1_000)}`,
  `a${'+a'.repeat(1_000)}`,
];

test('what nests deeply is refused for that, also where the parser has little stack left', () => {
  const program = `
    import { refuseExpressions } from ${JSON.stringify(new URL('./refuse-expressions.ts', import.meta.url).href)};
    const told = ${JSON.stringify(deep)}.map((condition) => {
      try {
        refuseExpressions({ kind: 'snapshot', place: { file: 'a.ts', line: 1 }, target: { service: 'shop' }, condition });
        return 'taken';
      } catch (error) {
        return error.code + ': ' + error.message;
      }
    });
    console.log(JSON.stringify(told));`;
  const options = ['--stack-size=200', '--conditions=runlens-source', '--no-warnings', '--input-type=module'];
  const told: unknown = JSON.parse(
    execFileSync(process.execPath, [...options, '--eval', program], { encoding: 'utf8' }),
  );
  expect(told).toEqual(deep.map(() => expect.stringMatching(/^bad-request: .*write a simpler expression/s)));
});
