/** Taxes of an order. Faulty: the rules are read from their text for each line. Healthy: once for an order, and each line is worked out. */
import fastify from 'fastify';
import { isFaulty, listen } from '../../listen.ts';

interface Rule {
  readonly from: number;
  readonly share: number;
}
const text = Array.from({ length: 900 }, (_, n) => `${n * 10};${(n % 25) / 100}`).join('\n');

function readRules(): readonly Rule[] {
  return text.split('\n').map((line) => {
    const [from, share] = line.split(';');
    return { from: Number(from), share: Number(share) };
  });
}
function taxOf(cents: number, rules: readonly Rule[]): number {
  const rule = rules.findLast(({ from }) => from <= cents);
  return Math.round(cents * (rule?.share ?? 0));
}
function taxesOf(lines: readonly number[]): number {
  if (isFaulty) return lines.reduce((sum, cents) => sum + taxOf(cents, readRules()), 0);
  const rules = readRules();
  return lines.reduce((sum, cents) => sum + taxOf(cents, rules), 0);
}

const app = fastify();
app.get('/order', async () => ({ taxes: taxesOf(Array.from({ length: 16 }, (_, n) => 123 * n)) }));
await app.ready();
listen(app.server);
