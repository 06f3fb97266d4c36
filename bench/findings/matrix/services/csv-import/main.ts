/** Rows that customers send. Faulty: a statement for each row. */

import { createServer } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import express from 'express';
import { isFaulty, listen } from '../../listen.ts';

const database = new DatabaseSync(':memory:');
database.exec('CREATE TABLE row (id INTEGER PRIMARY KEY, sku TEXT, amount INTEGER)');

function rowsOfRequest(): { sku: string; amount: number }[] {
  return Array.from({ length: 60 }, (_, n) => ({ sku: `sku-${n}`, amount: n }));
}

async function importRows(rows: { sku: string; amount: number }[]): Promise<number> {
  if (isFaulty) {
    const insert = database.prepare('INSERT INTO row (sku, amount) VALUES (?, ?)');
    for (const { sku, amount } of rows) insert.run(sku, amount);
  } else {
    database
      .prepare("INSERT INTO row (sku, amount) SELECT value ->> 'sku', value ->> 'amount' FROM json_each(?)")
      .run(JSON.stringify(rows));
  }
  return rows.length;
}

const app = express();
app.get('/import', async (_request, response) => {
  response.json({ imported: await importRows(rowsOfRequest()) });
});
listen(createServer(app));
