/** The open invoices with their customers. Faulty: each customer is asked for when its invoice comes. Healthy: all at once. */
import { createServer } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import express from 'express';
import { isFaulty, listen } from '../../listen.ts';

const database = new DatabaseSync(':memory:');
database.exec(
  'CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE invoice (id INTEGER PRIMARY KEY, customer INTEGER, cents INTEGER, paid INTEGER);',
);
for (let id = 1; id <= 300; id += 1) {
  database.prepare('INSERT INTO customer VALUES (?, ?)').run(id, `customer ${id}`);
  database.prepare('INSERT INTO invoice VALUES (?, ?, ?, ?)').run(id, 1 + ((id * 7) % 300), id * 100, id % 2);
}

class Customers {
  readonly #one = database.prepare('SELECT name FROM customer WHERE id = ?');
  readonly #many = database.prepare('SELECT id, name FROM customer WHERE id IN (SELECT value FROM json_each(?))');

  async byId(id: number): Promise<string> {
    return String(this.#one.get(id)?.name);
  }
  async byIds(ids: readonly number[]): Promise<ReadonlyMap<number, string>> {
    return new Map(this.#many.all(JSON.stringify(ids)).map(({ id, name }) => [Number(id), String(name)]));
  }
}

class InvoiceRun {
  readonly #customers = new Customers();
  readonly #open = database.prepare('SELECT customer, cents FROM invoice WHERE paid = 0 LIMIT 18');

  async collect(): Promise<string> {
    const invoices = this.#open.all();
    const lines: string[] = [];
    if (isFaulty) {
      for (const { customer, cents } of invoices) {
        lines.push(`${await this.#customers.byId(Number(customer))}: ${cents}`);
      }
      return lines.join('\n');
    }
    const names = await this.#customers.byIds(invoices.map(({ customer }) => Number(customer)));
    for (const { customer, cents } of invoices) lines.push(`${names.get(Number(customer))}: ${cents}`);
    return lines.join('\n');
  }
}

const run = new InvoiceRun();
const app = express();
app.get('/invoices', async (_request, response) => {
  response.send(await run.collect());
});
listen(createServer(app));
