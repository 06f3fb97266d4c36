import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** About so many, as many services have them. */
const linesPerFile = 100;
const filesPerFolder = 25;

/**
 * Writes a service of CommonJS modules into a folder: each has a class, functions, `async` ones, callbacks and comments,
 * and some call those of the module before it. Returns the entry, which loads all of them and then calls the function
 * that the module named by its first argument exports.
 */
export function generateService(folder: string, lines: number): string {
  const count = Math.round(lines / lineCount([moduleText(1)]));
  const paths = Array.from({ length: count }, (_, index) => moduleName(index));
  for (const [index, path] of paths.entries()) {
    if (index % filesPerFolder === 0) mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), moduleText(index));
  }
  const entry = join(folder, 'main.cjs');
  const requires = paths.map((path, index) => `const m${index} = require('./${path}');`);
  const sum = paths.map((_, index) => `m${index}.total${index}([{ price: ${index}, count: 2 }])`).join(' +\n  ');
  writeFileSync(entry, `'use strict';\n${requires.join('\n')}\nrequire(process.argv[2])(${sum});\n`);
  return entry;
}

const moduleName = (index: number): string => `area-${Math.floor(index / filesPerFolder)}/module-${index}.cjs`;

function moduleText(index: number): string {
  const before = index % filesPerFolder === 0 ? '' : `const before = require('./module-${index - 1}.cjs');\n`;
  const parts = [`'use strict';\n${before}`, orderParts(index)];
  for (let part = 0; lineCount(parts) < linesPerFile - 10; part += 1) parts.push(reportPart(index, part));
  parts.push(`module.exports = { Order${index}, total${index}, load${index}, report${index}_0 };\n`);
  return parts.join('\n');
}

const lineCount = (parts: readonly string[]): number => parts.join('\n').split('\n').length;

const orderParts = (
  index: number,
): string => `/** An order of area ${index}, with its lines and what was paid so far. */
class Order${index} {
  constructor(id, lines, customer) {
    this.id = id;
    this.lines = lines;
    this.customer = customer;
    this.paid = 0;
  }

  get open() {
    return this.paid < total${index}(this.lines);
  }

  pay(amount) {
    if (!Number.isFinite(amount) || amount <= 0) {
      throw new RangeError(\`order \${this.id}: an amount of \${amount} cannot be paid\`);
    }
    this.paid += amount;
    return this.open ? { state: 'open', missing: total${index}(this.lines) - this.paid } : { state: 'paid', missing: 0 };
  }
}

function total${index}(lines) {
  return lines.reduce((sum, { price, count }) => sum + price * count, 0);
}

/** Loads orders one after another; those that are gone are left out. */
async function load${index}(store, ids) {
  const orders = [];
  for (const id of ids) {
    const row = await store.find({ table: 'orders', id });
    if (row === undefined) continue;
    orders.push(new Order${index}(row.id, row.lines.map((line) => ({ ...line, count: line.count ?? 1 })), row.customer));
  }
  return orders.filter((order) => order.open).sort((a, b) => a.id - b.id);
}
`;

const reportPart = (
  index: number,
  part: number,
): string => `// Report ${part}: groups what was sold by customer, largest first.
function report${index}_${part}(orders, { limit = 10, currency = 'EUR' } = {}) {
  const byCustomer = new Map();
  for (const order of orders) {
    const sums = byCustomer.get(order.customer) ?? { count: 0, total: 0 };
    sums.count += 1;
    sums.total += total${index}(order.lines);
    byCustomer.set(order.customer, sums);
  }
  const rows = [...byCustomer].map(([customer, { count, total }]) => ({ customer, count, total }));
  const format = (value) => value.toFixed(2) + ' ' + currency;
  return rows
    .sort((a, b) => b.total - a.total)
    .slice(0, limit)
    .map(({ customer, count, total }) => \`\${customer}: \${count} orders, \${format(total)}\`);
}
`;
