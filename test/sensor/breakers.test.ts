/** Circuit breakers of opossum (CommonJS) and cockatiel (ES modules): those that are open are told, with who asks by them. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { folderWith } from './beside-service.ts';
import { OtlpRecorder } from './otlp-recorder.ts';
import { nodeMajors, runService, type ServiceFolder } from './service-process.ts';

const byOpossum = `
import CircuitBreaker from 'opossum';
const options = { errorThresholdPercentage: 1, resetTimeout: 3_600_000, rollingCountTimeout: 60_000 };
const gateway = new CircuitBreaker(async () => { throw new Error('s3cret'); }, { ...options, name: 'gateway' });
const tax = new CircuitBreaker(async () => { throw new Error('s3cret'); }, { ...options, name: 'tax' });
const stock = new CircuitBreaker(async () => 7, { ...options, name: 'stock' });
export async function charge() { return gateway.fire(); }
async function taxes() { return tax.fire(); }
async function available() { return stock.fire(); }
export const told = [];
for (const ask of [charge, charge, taxes, available]) told.push(await ask().catch((error) => error.code ?? error.message));
tax.close();
console.log(JSON.stringify([...told, gateway.opened, tax.opened, gateway.listenerCount('open')]));
`;
const byCockatiel = `
import { ConsecutiveBreaker, circuitBreaker, handleAll, wrap, retry } from 'cockatiel';
const breaker = circuitBreaker(handleAll, { halfOpenAfter: 3_600_000, breaker: new ConsecutiveBreaker(2) });
const policy = wrap(retry(handleAll, { maxAttempts: 0 }), breaker);
async function rates() { return policy.execute(async () => { throw new Error('s3cret'); }); }
// The module is looked at once it has run: not within the first turn of the program.
const { execute } = breaker;
for (let i = 0; i < 10_000 && breaker.execute === execute; i += 1) await new Promise((resolve) => setImmediate(resolve));
const told = [];
for (let i = 0; i < 3; i += 1) told.push(await rates().catch((error) => error.constructor.name));
console.log(JSON.stringify(told));
`;

let folder: ServiceFolder;
beforeAll(async () => {
  folder = await folderWith(['opossum', 'cockatiel'], { 'opossum.mjs': byOpossum, 'cockatiel.mjs': byCockatiel });
});
afterAll(() => folder[Symbol.asyncDispose]());

async function run(node: (typeof nodeMajors)[number], file: string) {
  await using recorder = await OtlpRecorder.start();
  const environment = { NODE_NO_WARNINGS: '1', RUNLENS_FLUSH_INTERVAL: '30m' };
  const ended = await runService({ node, folder, arguments: [file], endpoint: recorder.url, environment });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  const breakers = recorder
    .of('runlens.breaker')
    .map(({ attributes: of }) => [
      ...[of['runlens.breaker.name'], of['runlens.breaker.state'], of['code.function.name'], of['code.file.path']],
    ]);
  const sent = recorder.requests.map(({ body }) => body.toString('latin1')).join('\n');
  expect(sent).not.toContain('s3cret');
  return { told: JSON.parse(ended.stdout), breakers };
}

it.each(nodeMajors)('of opossum, by its events (Node %i)', async (node) => {
  const { told, breakers } = await run(node, 'opossum.mjs');
  expect(told.slice(0, 6)).toEqual(['s3cret', 'EOPENBREAKER', 's3cret', 7, true, false]);
  expect(breakers).toEqual([
    ['gateway', 'open', 'charge', 'opossum.mjs'],
    ['tax', 'closed', 'taxes', 'opossum.mjs'],
  ]);
});

// It needs Node 22, whose hooks run in the program's thread.
it.each(nodeMajors.filter((node) => node > 20))('of cockatiel, by its events (Node %i)', async (node) => {
  const { told, breakers } = await run(node, 'cockatiel.mjs');
  expect(told).toEqual(['Error', 'Error', 'BrokenCircuitError']);
  expect(breakers).toEqual([['', 'open', 'rates', 'cockatiel.mjs']]);
});
