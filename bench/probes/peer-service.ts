/** The program that both engines probe; the probed line is the fifth of `handle`. */
export const probedFile = 'service.cjs';
export const probedLine = 6;
export const otherLine = 12;

export const program = `'use strict';
const { performance } = require('node:perf_hooks');
function handle(order, quantity) {
  const id = order.id;
  let total = 0;
  total += quantity * 3;
  total ^= id.length;
  return total;
}
function other(value) {
  const twice = value * 2;
  return twice;
}
const order = {
  id: 'o-1017',
  customer: { name: 'Ann Smith', city: 'Utrecht', tags: ['new', 'b2b'] },
  lines: Array.from({ length: 12 }, (_, at) => ({ sku: 'sku-' + at, amount: at, price: 10.5 * at })),
};
const turn = () => new Promise((resolve) => setImmediate(resolve));
/** Calls a second, of slices of 2 ms between which the loop turns. */
async function inARow(milliseconds) {
  let calls = 0;
  let sum = 0;
  const from = performance.now();
  while (performance.now() - from < milliseconds) {
    for (const end = performance.now() + 2; performance.now() < end; ) {
      for (let call = 0; call < 20; call += 1) sum += handle(order, call);
      calls += 20;
    }
    await turn();
  }
  return Number.isNaN(sum) ? 0 : (calls / (performance.now() - from)) * 1000;
}
/** 1,000 calls a second, each timed: microseconds, ascending. */
async function paced(milliseconds) {
  const times = [];
  const from = performance.now();
  for (let call = 0; performance.now() - from < milliseconds; ) {
    while (call < performance.now() - from) {
      const begin = performance.now();
      handle(order, call);
      times.push((performance.now() - begin) * 1000);
      call += 1;
    }
    await turn();
  }
  return times.sort((one, other) => one - other);
}
process.on('message', async ({ milliseconds }) => {
  // First: what comes in a row spends the share of the CPU that an engine allows its probes.
  const times = await paced(milliseconds);
  const perSecond = await inARow(milliseconds);
  const at = (q) => times[Math.min(times.length - 1, Math.floor(times.length * q))];
  process.send({ perSecond, p50: at(0.5), p99: at(0.99) });
});
for (let call = 0; call < 50_000; call += 1) handle(order, call);
if (process.argv.length > 9) other(1);
console.log('ready');
`;
