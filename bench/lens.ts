/**
 * How long a lens takes: a file of 2,000 functions in a service of 20,000, by the bundled server over stdio and a real
 * collector. Cold: the first request for a document after the server connected, grammar and profiles unread. Warm: the
 * same request again; after a key stroke; with new numbers. Beside it, as the baseline, what the collector's answer
 * alone takes (HTTP and JSON).
 *
 *     node --conditions=runlens-source bench/lens.ts
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startCollector } from '@runlens/collector';
import { grammarFiles, serverBundle, serverFile } from '@runlens/server/build';
import { LspClient, until } from '@runlens/server/testing/lsp-client';
import { gitBlob } from '@runlens/server/testing/profiles';
import { tell } from '@runlens/test/server/service-telemetry';
import { build } from 'esbuild';

const functionsInFile = 2_000;
const files = 10;
const aims = { cold: 200, warm: 50 };
const coldRuns = 7;
const warmRuns = 40;

const folder = mkdtempSync(join(tmpdir(), 'runlens-bench-lens-'));
const dist = join(folder, 'dist');
mkdirSync(join(dist, 'grammars'), { recursive: true });
await build({ ...serverBundle, outfile: join(dist, serverFile), minify: true });
for (const { from, to } of grammarFiles()) copyFileSync(from, join(dist, to));

const text = sourceText();
const lines = text.split('\n');
const blob = gitBlob(text);
const collector = await startCollector({ port: 0, home: join(folder, 'home'), logLevel: 'error' });
try {
  for (let at = 0; at < files; at += 1) {
    const file = `src/file${at}.ts`;
    mkdirSync(dirname(join(folder, 'shop', file)), { recursive: true });
    writeFileSync(join(folder, 'shop', file), text);
    await tellAll(file);
  }
  const uri = pathToFileURL(join(folder, 'shop', 'src/file0.ts')).href;

  const cold: number[] = [];
  const start: number[] = [];
  for (let run = 0; run < coldRuns; run += 1) {
    const started = performance.now();
    const client = await connect();
    start.push(performance.now() - started);
    cold.push(await time(() => openAndAsk(client, uri)));
    await client.stop();
  }

  const client = await connect();
  await openAndAsk(client, uri);
  await client.notify({ method: 'runlens/visibleDocuments' }, { uris: [uri] });
  const warm: number[] = [];
  for (let run = 0; run < warmRuns; run += 1) warm.push(await time(() => client.codeLenses(uri)));
  const typed: number[] = [];
  for (let run = 0; run < warmRuns; run += 1) {
    const place = { line: 1, character: 2 };
    await client.change(uri, run + 2, 'x', { start: place, end: place });
    typed.push(await time(() => client.codeLenses(uri)));
  }
  const renewed: number[] = [];
  for (let run = 0; run < 10; run += 1) {
    const { length } = client.changes;
    await tellAll('src/file0.ts');
    await until(() => client.changes.length > length, 'the numbers changed', 20_000);
    renewed.push(await time(() => client.codeLenses(uri)));
  }
  const answer: number[] = [];
  for (let run = 0; run < warmRuns; run += 1) answer.push(await time(askCollector));
  await client.stop();

  const baseline = quantile(answer, 0.5);
  const row = (name: string, values: readonly number[], aim?: number): void => {
    const [median, high] = [quantile(values, 0.5), quantile(values, 0.95)];
    const told = aim === undefined ? '' : ` (aim ${aim} ms: ${median <= aim ? 'met' : 'MISSED'})`;
    console.log(
      `${name.padEnd(44)} ${median.toFixed(1).padStart(7)} ms  p95 ${high.toFixed(1).padStart(7)} ms  ${(median / baseline).toFixed(2).padStart(6)}×${told}`,
    );
  };
  console.log(
    `${functionsInFile} functions in the file, ${functionsInFile * files} in the service, ${text.length} characters`,
  );
  row("baseline: the collector's answer alone", answer);
  row('cold: first lenses of a document', cold, aims.cold);
  row('warm: the same again', warm, aims.warm);
  row('warm: after a key stroke', typed, aims.warm);
  row('warm: with new numbers', renewed, aims.warm);
  row('start: server process to connected', start);
} finally {
  await collector.close();
  rmSync(folder, { recursive: true, force: true });
}

async function connect(): Promise<LspClient> {
  const client = await LspClient.start({
    server: join(dist, serverFile),
    folders: [join(folder, 'shop')],
    configuration: {},
    environment: { RUNLENS_HOME: join(folder, 'home') },
  });
  await until(() => client.statuses.at(-1)?.collector.kind === 'connected', 'connected');
  return client;
}

async function openAndAsk(client: LspClient, uri: string): Promise<void> {
  await client.open(uri, text, 'typescript');
  let lenses = await client.codeLenses(uri);
  // On a busy machine the first answer may come without numbers; the lenses come with the refresh then.
  for (let n = client.refreshes; lenses.length === 0; n = client.refreshes) {
    await until(() => client.refreshes > n, 'lenses', 20_000);
    lenses = await client.codeLenses(uri);
  }
  if (lenses.length !== functionsInFile) throw new Error(`${lenses.length} lenses instead of ${functionsInFile}`);
}

async function askCollector(): Promise<void> {
  const response = await fetch(`${collector.url}/api/v1/profiles?file=src/file0.ts&since=15m`, {
    headers: { authorization: `Bearer ${collector.token}` },
  });
  const body: unknown = await response.json();
  if (!response.ok) throw new Error(JSON.stringify(body));
}

async function tellAll(file: string): Promise<void> {
  await tell(collector.url, {
    service: 'shop',
    environment: 'production',
    version: 'v42',
    blobs: { [file]: blob },
    functions: lines.flatMap((line, index) => {
      const name = /^export function (\w+)/.exec(line)?.[1];
      return name
        ? [{ name, file, line: index + 1, calls: 1 + (index % 977), seconds: 0.0001 * (1 + (index % 89)) }]
        : [];
    }),
  });
}

/** Functions of six lines. */
function sourceText(): string {
  return Array.from(
    { length: functionsInFile },
    (_, n) => `export function price${n}(item: Item): number {
  const { count, price } = item;
  if (count <= 0) throw new RangeError(\`no price for \${item.name}\`);
  // Rounded to cents, as the invoice does.
  return Math.round(price * count * 100) / 100;
}
`,
  ).join('\n');
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}
