/** A shop that reads its settings. Faulty: the same one again for each line of the page. Healthy: it is kept. */
import { DatabaseSync } from 'node:sqlite';
import fastify from 'fastify';
import { isFaulty, listen } from '../../listen.ts';

const database = new DatabaseSync(':memory:');
database.exec(
  "CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT); INSERT INTO settings VALUES ('currency', 'EUR'), ('tax', '19')",
);
const byKey = database.prepare('SELECT value FROM settings WHERE key = ?');
const kept = new Map<string, unknown>();

function setting(key: string): unknown {
  if (!isFaulty && kept.has(key)) return kept.get(key);
  const value = byKey.get(key)?.value;
  kept.set(key, value);
  return value;
}
function renderLine(amount: number): string {
  return `${amount} ${setting('currency')}`;
}
const renderBasket = () => Array.from({ length: 12 }, (_, n) => renderLine(n)).join('\n');

const app = fastify();
app.get('/basket', async () => renderBasket());
await app.ready();
listen(app.server);
