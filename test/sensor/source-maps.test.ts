import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OtlpRecorder } from './otlp-recorder.ts';
import { type NodeMajor, nodeMajors, runService, ServiceFolder } from './service-process.ts';

const built = 'function pay(n) { return n * Math.random(); }\nfor (let i = 0; i < 10; i += 1) pay(i);\n';
const inline = (map: string) =>
  `//# sourceMappingURL=data:application/json;base64,${Buffer.from(map).toString('base64')}\n`;
const map = (more: object) => inline(JSON.stringify({ version: 3, names: [], ...more }));
const wrong = {
  missing: '//# sourceMappingURL=not-there.js.map\n',
  malformed: inline('{"version":3,'),
  'of another text': map({
    sources: ['src.ts'],
    sourcesContent: ['const x = 1;'],
    mappings: 'AAAA,SAAS,GAAG,CAAC,CAAC,IAAIC,OAAOC',
  }),
  'leading to functions of other names': map({
    sources: ['src.ts'],
    sourcesContent: ['function buy(n) { return n * Math.random(); }'],
    mappings: 'AAAA,SAAS,GAAG,CAAC',
  }),
};

let folder: ServiceFolder;
beforeAll(async () => {
  folder = await ServiceFolder.create();
});
afterAll(() => folder[Symbol.asyncDispose]());

async function run(node: NodeMajor, file: string, preload: string[] = []) {
  await using recorder = await OtlpRecorder.start();
  const ended = await runService({ node, folder, arguments: [...preload, file], endpoint: recorder.url });
  return { ...ended, calls: recorder.calls() };
}

describe.each(Object.entries(wrong))('a source map that is %s', (title, comment) => {
  it('is told on one line, and the built text is measured as it is', async () => {
    const file = `${title.replaceAll(' ', '-')}.js`;
    await folder.write({ [file]: built + comment });
    const { code, stdout, stderr, calls } = await run(24, file);
    expect({ code, stdout, calls }).toEqual({ code: 0, stdout: '', calls: { [`${file}:1 pay`]: 10 } });
    expect(stderr).toMatch(/^runlens: [^\n]*source map[^\n]*\n$/);
  });
});

it.each(nodeMajors)('stack traces keep their lines, and mapped ones their columns too (Node %i)', async (node) => {
  const { build } = await import('esbuild');
  const source = 'export function fail(message: string): never {\n  throw new Error(message);\n}\nfail("here");\n';
  await folder.write({
    'src/fail.ts': source,
    'plain.js': 'function fail(m) {\n  throw new Error(m);\n}\nfail("here");\n',
  });
  await build({
    absWorkingDir: folder.path,
    entryPoints: ['src/fail.ts'],
    outfile: `out/fail-${node}.cjs`,
    format: 'cjs',
    platform: 'node',
    bundle: true,
    minify: true,
    sourcemap: 'linked',
    logLevel: 'error',
  });
  const plain = await run(node, 'plain.js');
  expect(plain.stderr).toMatch(/at fail \(.*plain\.js:2:\d+\)\n.*plain\.js:4:1/);
  const mapped = await run(node, `out/fail-${node}.cjs`, ['--enable-source-maps']);
  expect(mapped.stderr).toContain('src/fail.ts:2:9');
  expect(mapped.calls).toEqual({ 'src/fail.ts:1 fail': 1 });
});

it.each(['at its start', 'in its middle'])(
  'a source that was changed %s since the build gives no names',
  async (where) => {
    const { build } = await import('esbuild');
    const early = 'export function parse(text: string): number {\n  const value = Number(text);\n  return value;\n}\n';
    const late = [
      'export function format(amount: number, currency: string): string {',
      '  const rounded = Math.round(amount * 100) / 100;',
      '  const label = currency.toUpperCase();',
      '  return `${rounded} ${label}`;',
      '}',
      'for (let turn = 0; turn < 3; turn += 1) format(parse("1.5"), "eur");',
      '',
    ].join('\n');
    const name = where.replaceAll(' ', '-');
    await folder.write({ [`src/${name}.ts`]: early + late });
    await build({
      absWorkingDir: folder.path,
      entryPoints: [`src/${name}.ts`],
      outfile: `out/${name}.mjs`,
      format: 'esm',
      minify: true,
      sourcemap: 'linked',
      sourcesContent: false,
      logLevel: 'error',
    });
    const fresh = await run(24, `out/${name}.mjs`);
    expect(fresh.calls).toEqual({ [`src/${name}.ts:1 parse`]: 3, [`src/${name}.ts:5 format`]: 3 });
    const added = '// A comment that came later, on\n// two lines.\n';
    await folder.write({ [`src/${name}.ts`]: where === 'at its start' ? added + early + late : early + added + late });
    const changed = await run(24, `out/${name}.mjs`);
    expect(changed.stderr).toMatch(/its source map does not fit/);
    expect(Object.keys(changed.calls).filter((key) => key.startsWith('src/'))).toEqual([]);
  },
);
