/**
 * Real agent clients from npm, set up by the commands of docs/agents.md, each with a model that follows a script: what Runlens
 * answers is what reaches the model.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { agentTools, type ModelAnswer, modelAnswerSchema } from '@runlens/agent';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BundledCli, bundleCli } from '../cli/bundled-cli.ts';
import { until } from '../story/eventually.ts';
import { agentClients, inspector } from './clients/agent-clients.ts';
import { ClientSession } from './clients/client-session.ts';
import { ensureAgentClient } from './clients/installed-client.ts';
import { type RecordingProxy, startRecordingProxy } from './clients/recording-proxy.ts';
import { startScriptedProvider } from './clients/scripted-provider.ts';
import { ShopInProduction } from './shop-in-production.ts';

const docs = readFileSync(new URL('../../docs/agents.md', import.meta.url), 'utf8');
const checkout = { file: 'examples/shop/orders/checkout.ts', function: 'Checkout.complete', since: '24h' };
const tool = 'runlens_function_profile';
const changeCheckout = `git init -q && mkdir -p ${dirname(checkout.file)} && echo 'export {};' > ${checkout.file} && git add ${checkout.file}`;
const alert = {
  ...{ kind: 'alert', title: 'PaymentsAreRefused', service: 'shop', environment: 'production', severity: 'critical' },
  functions: [{ file: checkout.file, function: checkout.function }],
};
/** With what has to be brought, once, from npm. */
const longestMilliseconds = 900_000;

let shop: ShopInProduction;
let cli: BundledCli;
beforeAll(async () => {
  [shop, cli] = await Promise.all([
    ShopInProduction.start({ longestMilliseconds: agentClients.length * longestMilliseconds }),
    bundleCli(),
  ]);
  // Exact counts: when all orders have arrived, the numbers stand still.
  await until('all orders are told', async () => {
    const { functions } = Object((await shop.collector.call('GET', '/api/v1/hot?by=errors')).body);
    const profile = functions.find((each: Record<string, unknown>) => each.function === checkout.function);
    return profile?.calls === shop.ordered || undefined;
  });
  const { status } = await shop.collector.call('POST', '/api/v1/events/generic', alert);
  expect(status).toBe(202);
});
afterAll(async () => {
  await shop?.[Symbol.asyncDispose]();
  await cli?.remove();
});

/** The commands in the client's row of the table: by `runlens mcp`, and over HTTP. */
function commandsOf(name: string): readonly string[] {
  const row = docs.split('\n').find((line) => line.startsWith(`| ${name} |`));
  return [...(row ?? '').matchAll(/`([^`]+)`/g)].map(([, command = '']) => command);
}

/** The answer in what a server wrote: lines of JSON, or events with such data. */
function answerIn(written: string): { readonly text: string; readonly structured: ModelAnswer } | undefined {
  for (const line of written.split('\n')) {
    const json = line.replace(/^data: /, '');
    if (!json.startsWith('{')) continue;
    const { structuredContent, content } = Object(Object(JSON.parse(json)).result);
    const structured = modelAnswerSchema.safeParse(structuredContent);
    if (structured.success) return { text: content[0].text, structured: structuredContent };
  }
  return undefined;
}

describe.each(agentClients)('$name', (client) => {
  it(
    'set up as the docs say, hands its model what Runlens answers, by runlens mcp and over HTTP, and what is new, by its hooks',
    async () => {
      const program = await ensureAgentClient(client);
      const offered = ['runlens', 'production'].map((server) => client.offered(server, tool));
      await using provider = await startScriptedProvider(({ tools, results }) => {
        const next = offered[results.length];
        if (next === undefined) return { text: 'So that is what it costs.' };
        // Room for the profile beside what is new, with which an answer opens.
        return tools.includes(next)
          ? { call: next, input: { ...checkout, maxTokens: 2_000 } }
          : { text: `${next} is not offered` };
      });
      await using proxy: RecordingProxy = await startRecordingProxy(shop.collector.collector.url);
      await using session = await ClientSession.start({
        ...{ client, program, runlens: cli.launcher, runlensHome: shop.collector.home, provider: provider.url },
      });
      const { token } = shop.collector.collector;
      const commands = commandsOf(client.name);
      expect(commands).toHaveLength(2);
      for (const command of commands) {
        await session.type(command.replace('http://127.0.0.1:4318', proxy.url).replace('$RUNLENS_TOKEN', token));
      }
      // A change to what fails in production: the session works on it.
      await session.type(changeCheckout);
      if (client.initId !== undefined) await session.type(`runlens init --agent ${client.initId} --yes`);
      const said = await session.ask('What does Checkout.complete cost?', { RUNLENS_TOKEN: token });

      const context = `${client.name} said: ${said}\nit also asked: ${provider.others.join(', ')}`;
      const results = provider.requests.at(-1)?.results ?? [];
      expect(results, context).toHaveLength(2);
      const answers = [answerIn(await session.toldByRunlens()), answerIn(proxy.answered.join('\n'))];
      for (const [at, answer] of answers.entries()) {
        if (!answer) throw new Error(`${offered[at]} was not answered; ${context}`);
        expect(answer.structured.sample).toContain(`${shop.ordered} calls`);
        expect(answer.structured.data).toContain('PaymentUnavailable');
        const forms = { text: answer.text, structured: JSON.stringify(answer.structured) };
        for (const [form, told] of Object.entries(forms)) {
          const handedOver = client.handsOver.some((each) => each === form);
          expect(results[at]?.includes(told), `${form} of ${offered[at]}: ${results[at]}`).toBe(handedOver);
        }
      }
      expect(provider.requests[0]?.body.includes('Ask runlens_file_profile before changing a file')).toBe(
        client.instructs,
      );
      const first = provider.requests[0]?.body ?? '';
      const toldByHooks = first.split(alert.title).length - 1;
      expect(toldByHooks, `in the first prompt: ${first.slice(-4_000)}`).toBe(client.initId === undefined ? 0 : 1);
      expect(said).toContain('So that is what it costs.');
    },
    longestMilliseconds,
  );
});

describe('the official inspector', () => {
  it.each(['stdio', 'http'])(
    'lists the tools and is told by one what the collector knows, over %s',
    async (transport) => {
      const program = await ensureAgentClient(inspector);
      const { url, token } = shop.collector.collector;
      const server =
        transport === 'http'
          ? [`${url}/mcp`, '--transport', 'http', '--header', `Authorization: Bearer ${token}`]
          : [
              ...[process.execPath, cli.bundle, 'mcp'],
              ...['-e', `RUNLENS_COLLECTOR_URL=${url}`, '-e', `RUNLENS_TOKEN=${token}`],
            ];
      const inspect = async (method: string, ...more: readonly string[]) => {
        const { stdout } = await promisify(execFile)(
          process.execPath,
          [program, '--cli', ...server, '--method', method, ...more],
          { timeout: 120_000, maxBuffer: 2 ** 24, env: { PATH: process.env.PATH ?? '', HOME: cli.folder } },
        );
        return Object(JSON.parse(stdout));
      };
      const { tools } = await inspect('tools/list');
      expect(tools.map(({ name }: { name: string }) => name)).toEqual(agentTools.map(({ name }) => name));
      const input = Object.entries(checkout).flatMap(([name, value]) => ['--tool-arg', `${name}=${value}`]);
      const { structuredContent } = await inspect('tools/call', '--tool-name', tool, ...input);
      expect(modelAnswerSchema.parse(structuredContent).sample).toContain(`${shop.ordered} calls`);
    },
    longestMilliseconds,
  );
});
