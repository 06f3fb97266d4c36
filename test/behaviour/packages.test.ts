import { describe, expect, it } from 'vitest';
import { type Runner, runPackageSuite } from './package-suite.ts';

/** Packages that ship their tests; `atLeast` results keep a suite that did not start from passing. */
const packages: readonly { name: string; runner: Runner; atLeast: number }[] = [
  { name: 'qs', runner: 'tape', atLeast: 1_000 },
  { name: 'object-inspect', runner: 'tape', atLeast: 200 },
  { name: 'deep-equal', runner: 'tape', atLeast: 500 },
  { name: 'fast-uri', runner: 'tape', atLeast: 1_000 },
  { name: 'find-my-way', runner: 'node-test', atLeast: 400 },
  { name: 'avvio', runner: 'node-test', atLeast: 200 },
];

describe("a package's own tests give the same results when its code is measured", () => {
  for (const { name, runner, atLeast } of packages) {
    it(name, async () => {
      const [plain, measured] = await Promise.all([
        runPackageSuite(name, runner, false),
        runPackageSuite(name, runner, true),
      ]);
      expect(plain.results.length).toBeGreaterThanOrEqual(atLeast);
      expect(plain.results.filter((result) => result.startsWith('ok')).length).toBeGreaterThanOrEqual(atLeast);
      expect(measured.results).toEqual(plain.results);
      expect(measured.exitCode).toBe(plain.exitCode);
      expect(measured.measured?.unreadable).toEqual([]);
      expect(measured.measured?.called).toBeGreaterThan(5);
      expect(measured.measured?.calls).toBeGreaterThan(500);
    });
  }
});
