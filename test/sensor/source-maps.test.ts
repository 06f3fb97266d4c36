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
