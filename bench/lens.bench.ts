/**
 * How long a lens takes: a file of 2,000 functions in a service of 20,000, by the shipped language server over stdio and
 * the shipped collector. Each round measures everything once, in processes of its own:
 *
 * - first: the first document of a server that has just connected, its grammar not compiled yet;
 * - cold: a document of which the server has nothing (text, functions, profiles), just opened, in a server that has shown
 *   one small document of the language;
 * - next: another such document in the same server;
 * - again, after a key stroke, with new numbers: the document that is open.
 *
 * Beside each, as the baseline, the collector's answer alone: the same request by a bare HTTP client, parsed as JSON. CPU
 * time is the server's own.
 *
 *     npm run bench -- lens [--rounds 9] [--json FILE]
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { homeFiles } from '@runlens/protocol/home';
import { LspClient, until } from '@runlens/server/testing/lsp-client';
import { gitBlob } from '@runlens/server/testing/profiles';
import { tell } from '@runlens/test/server/service-telemetry';
import { runCollector } from './frame/collector.ts';
import { readOptions } from './frame/options.ts';
import { dist } from './frame/places.ts';
import { Report } from './frame/report.ts';
import { median, quantile, ratios } from './frame/statistics.ts';
import { aimText, ratioText, table } from './frame/table.ts';

const functionsInFile = 2_000;
const files = 10;
const aims = { cold: 200, warm: 50 };
const keyStrokes = 10;
/** After its start a server does what it can do before it is asked; a person is not quicker. */
const restMilliseconds = 1_500;

const options = readOptions();
const report = new Report('lens', options);
const folder = mkdtempSync(join(tmpdir(), 'runlens-bench-lens-'));
const shop = join(folder, 'shop');
const text = sourceText();
const lines = text.split('\n');
const blob = gitBlob(text);
const small = 'export const nothing = (): void => {};\n';
const agent = new Agent({ keepAlive: true });

interface Sample {
  readonly milliseconds: number;
  readonly cpuMilliseconds: number;
}
const cases = {
  baseline: "baseline: the collector's answer alone",
  first: 'first document of a new server',
  cold: 'cold: first lenses of a document',
  next: 'next document of the same server',
  again: 'warm: the same again',
  typed: 'warm: after a key stroke',
  renewed: 'warm: with new numbers',
} as const;
const samples = new Map<keyof typeof cases, Sample[]>();

const collector = await runCollector();
const token = readFileSync(join(collector.home, homeFiles.token), 'utf8').trim();
try {
  mkdirSync(join(shop, 'src'), { recursive: true });
  writeFileSync(join(shop, 'tsconfig.json'), '{}');
  writeFileSync(join(shop, 'src', 'small.ts'), small);
  for (let at = 0; at < files; at += 1) {
    writeFileSync(join(shop, fileName(at)), text);
    await tellAll(fileName(at));
  }
  const rounds = options.rounds ?? 9;
  for (let round = -1; round < rounds; round += 1) await measureRound(round >= 0);

  const baseline = (samples.get('baseline') ?? []).map(({ milliseconds }) => milliseconds);
  const rows = Object.entries(cases).map(([name, title]) => {
    const of = samples.get(name as keyof typeof cases) ?? []; // A key of `cases`, by Object.entries.
    const wall = of.map(({ milliseconds }) => milliseconds);
    const aim = name === 'cold' ? aims.cold : ['again', 'typed', 'renewed'].includes(name) ? aims.warm : undefined;
    const perRound = wall.length / baseline.length;
    const repeated = baseline.flatMap((value) => Array(perRound).fill(value));
    return [
      title,
      String(of.length),
      `${median(wall).toFixed(1)} ms`,
      `${quantile(wall, 0.95).toFixed(1)} ms`,
      ratioText(ratios(wall, repeated)),
      name === 'baseline' ? '' : `${median(of.map(({ cpuMilliseconds }) => cpuMilliseconds)).toFixed(0)} ms`,
      aim === undefined ? '' : aimText(median(wall), aim, ' ms'),
    ];
  });
  report.say(
    `${functionsInFile} functions in the file, ${functionsInFile * files} in the service, ${text.length} characters\n`,
  );
  report.say(
    table(['', 'samples', 'median', 'p95', 'to the baseline', 'CPU of the server', 'aim of the median'], rows),
  );
  report.keep('lens', Object.fromEntries(samples));
} finally {
  agent.destroy();
  await collector.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function measureRound(kept: boolean): Promise<void> {
  const take = async (name: keyof typeof cases, client: LspClient | undefined, work: () => Promise<unknown>) => {
    const cpu = cpuMilliseconds(client);
    const start = performance.now();
    await work();
    const sample = { milliseconds: performance.now() - start, cpuMilliseconds: cpuMilliseconds(client) - cpu };
    if (kept) samples.set(name, [...(samples.get(name) ?? []), sample]);
  };
  const fresh = await connect();
  await take('first', fresh, () => openAndAsk(fresh, fileName(0)));
  await fresh.stop();

  const client = await connect();
  try {
    await client.open(uriOf('src/small.ts'), small, 'typescript');
    await client.codeLenses(uriOf('src/small.ts'));
    await sleep(restMilliseconds);
    await take('baseline', undefined, () => askCollector(fileName(1)));
    await take('cold', client, () => openAndAsk(client, fileName(1)));
    await take('next', client, () => openAndAsk(client, fileName(2)));
    const uri = uriOf(fileName(1));
    await client.notify({ method: 'runlens/visibleDocuments' }, { uris: [uri] });
    await sleep(500);
    for (let n = 0; n < keyStrokes; n += 1) await take('again', client, () => client.codeLenses(uri));
    for (let n = 0; n < keyStrokes; n += 1) {
      // Typed as people type: into a body in the middle of the file, a space between strokes.
      const place = { line: 6 * 7 * 100 + 4, character: 2 };
      await take('typed', client, async () => {
        await client.change(uri, n + 2, 'x', { start: place, end: place });
        await client.codeLenses(uri);
      });
      await sleep(50);
    }
    const { length } = client.changes;
    await tellAll(fileName(1));
    await until(() => client.changes.length > length, 'the numbers changed', 20_000);
    await take('renewed', client, () => client.codeLenses(uri));
  } finally {
    await client.stop();
  }
}

async function connect(): Promise<LspClient> {
  const client = await LspClient.start({
    server: join(dist, 'server.cjs'),
    folders: [shop],
    configuration: {},
    environment: { RUNLENS_HOME: collector.home },
  });
  await until(() => client.statuses.at(-1)?.collector.kind === 'connected', 'connected', 20_000);
  return client;
}

async function openAndAsk(client: LspClient, file: string): Promise<void> {
  const uri = uriOf(file);
  await client.open(uri, text, 'typescript');
  let lenses = await client.codeLenses(uri);
  // On a busy machine the first answer may come without numbers; the lenses come with the refresh then.
  for (let n = client.refreshes; lenses.length === 0; n = client.refreshes) {
    await until(() => client.refreshes > n, 'lenses', 20_000);
    lenses = await client.codeLenses(uri);
  }
  if (lenses.length !== functionsInFile) throw new Error(`${lenses.length} lenses instead of ${functionsInFile}`);
}

function askCollector(file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const url = `${collector.url}/api/v1/profiles?file=${file}&since=15m`;
    get(url, { agent, headers: { authorization: `Bearer ${token}` } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const { profiles } = JSON.parse(Buffer.concat(chunks).toString());
        if (profiles?.length === functionsInFile) resolve();
        else reject(new Error(`the collector answered ${response.statusCode}`));
      });
    }).on('error', reject);
  });
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

function fileName(at: number): string {
  return `src/file${at}.ts`;
}

function uriOf(file: string): string {
  return pathToFileURL(join(shop, file)).href;
}

/** User and system time that the server's process has used; NaN where the system does not tell. */
function cpuMilliseconds(client: LspClient | undefined): number {
  if (client?.pid === undefined || process.platform !== 'linux') return Number.NaN;
  const fields = readFileSync(`/proc/${client.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  // Fields 14 and 15 of proc_pid_stat(5), in hundredths of a second.
  return (Number(fields[11]) + Number(fields[12])) * 10;
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
