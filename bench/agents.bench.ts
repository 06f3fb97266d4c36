/**
 * What the agent tools cost: how long an answer takes over MCP (HTTP), for a service of 20,000 functions on the shipped collector,
 * beside the least that a call takes; and how many tokens an answer is, for that service and for the shop.
 *
 *     npm run bench -- agents [--rounds 40] [--only NAME] [--json FILE]
 *
 * `first` is the first call after the start, which fills what the collector keeps: of comparisons the answer, for 20 seconds.
 * A tool is asked about the window of 15 minutes, each round about another function or file; the first calls are left out. Tokens
 * are of the dearer form of an answer (text or JSON), by the tokenizer of GPT-4o (o200k), unasked for any size.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { agentTools, answerText, type ModelAnswer } from '@runlens/agent';
import { inputJsonSchema } from '@runlens/agent/json-schema';
import { seeded } from '@runlens/collector/testing/simulated';
import { countTokens } from 'gpt-tokenizer';
import { fillLargeService, functionCount, largeService, shapes } from './agents/large-service.ts';
import { McpCaller } from './agents/mcp-caller.ts';
import { shopWithOrders } from './agents/shop.ts';
import { runCollector } from './frame/collector.ts';
import { isWanted, readOptions } from './frame/options.ts';
import { Report } from './frame/report.ts';
import { quantile } from './frame/statistics.ts';
import { aimText, table } from './frame/table.ts';

const aimMilliseconds = 100;
const warmUp = 3;
const options = readOptions();
const rounds = options.rounds ?? 40;
const report = new Report('agents', options);

type Question = (i: number) => { readonly large: object; readonly shop?: object };
/** Another one each time, of the hot ones and of the others. */
const shapeOf = (i: number) => shapes[(i * 601) % 6_000]?.key;
const place = (i: number) => ({ file: shapeOf(i)?.filePath, function: shapeOf(i)?.functionName });
const checkout = { file: 'examples/shop/orders/checkout.ts', function: 'Checkout.complete' };
const sql = 'SELECT file, sum(total) AS seconds, sum(errors) FROM functions GROUP BY file ORDER BY 2 DESC LIMIT 20';

/** Of the tools that only read production. */
const questions: Readonly<Record<string, Question>> = {
  runlens_service_status: () => ({ large: {}, shop: {} }),
  runlens_function_profile: (i) => ({ large: place(i), shop: checkout }),
  runlens_file_profile: (i) => ({ large: { file: shapeOf(i)?.filePath }, shop: { file: checkout.file } }),
  runlens_hot_functions: () => ({ large: {}, shop: {} }),
  runlens_findings: () => ({ large: {}, shop: {} }),
  runlens_callers: (i) => ({ large: place(i), shop: { ...checkout, function: 'Checkout.#pay' } }),
  runlens_callees: (i) => ({ large: place(i), shop: checkout }),
  runlens_find_slow_queries: () => ({ large: {}, shop: {} }),
  runlens_errors: () => ({ large: {}, shop: {} }),
  runlens_never_called: () => ({ large: {}, shop: {} }),
  runlens_entries: () => ({ large: {}, shop: {} }),
  // The shop has had one version, for a minute.
  runlens_compare_versions: () => ({ large: {} }),
  runlens_changes_since: () => ({ large: { since: '15m' }, shop: { since: '15m' } }),
  runlens_query: (i) => ({ large: { sql: `${sql} OFFSET ${i}` }, shop: { sql } }),
};

const tokensOf = (answer: ModelAnswer): number =>
  Math.max(countTokens(answerText(answer)), countTokens(JSON.stringify(answer)));

const home = mkdtempSync(join(tmpdir(), 'runlens-bench-'));
await fillLargeService(join(home, 'data'), seeded(20_261_121));
const collector = await runCollector(home);
try {
  const caller = new McpCaller(collector);
  await using _ = await shopWithOrders(collector.url);
  await delay(2_000);
  const took = async (name: string, input: object): Promise<{ answer: ModelAnswer; milliseconds: number }> => {
    const began = performance.now();
    const answer = await caller.call(name, input);
    return { answer, milliseconds: performance.now() - began };
  };
  // What a call takes at least: the protocol, and the smallest of questions.
  const least: number[] = [];
  for (let i = -warmUp; i < rounds; i += 1) {
    const { milliseconds } = await took('runlens_service_status', { service: 'nobody' });
    if (i >= 0) least.push(milliseconds);
  }
  const bare = quantile(least, 0.5);
  const lines: string[][] = [];
  for (const { name, description, ...tool } of agentTools) {
    const question = questions[name];
    if (!question || !isWanted(options, name)) continue;
    const taken: number[] = [];
    const tokens: number[] = [];
    let first = Number.NaN;
    for (let i = -warmUp; i < rounds; i += 1) {
      const input = { service: largeService, environment: 'production', ...question(i + warmUp).large };
      const { answer, milliseconds } = await took(name, input);
      if (i === -warmUp) first = milliseconds;
      if (i < 0) continue;
      taken.push(milliseconds);
      tokens.push(tokensOf(answer));
    }
    const { shop } = question(0);
    const ofShop = shop && tokensOf(await caller.call(name, { service: 'shop', environment: 'production', ...shop }));
    const offered = countTokens(
      JSON.stringify({ name, description, parameters: inputJsonSchema({ name, description, ...tool }) }),
    );
    const p95 = quantile(taken, 0.95);
    lines.push([
      `\`${name}\``,
      first.toFixed(0),
      quantile(taken, 0.5).toFixed(1),
      p95.toFixed(1),
      `${(quantile(taken, 0.5) / bare).toFixed(1)}×`,
      aimText(p95, aimMilliseconds, ' ms'),
      String(offered),
      ofShop === undefined ? '–' : String(ofShop),
      String(Math.max(...tokens)),
    ]);
    report.keep(name, { taken, tokens, ofShop, offered });
  }
  report.say(
    `${functionCount.toLocaleString('en')} functions; ${rounds} calls each; the least call: p50 ${bare.toFixed(1)} ms, p95 ${quantile(least, 0.95).toFixed(1)} ms\n`,
  );
  report.say(
    table(
      [
        'tool',
        'first ms',
        'p50 ms',
        'p95 ms',
        'to the least call',
        'aim at p95',
        'offered, tokens',
        'shop, tokens',
        'large, tokens',
      ],
      lines,
    ),
  );
  report.keep('least', least);
} finally {
  await collector.stop();
}
