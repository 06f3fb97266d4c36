/** The events of a feed, newest first. Faulty: nothing sorts them beforehand. */
import { createServer } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { isFaulty, listen } from '../../listen.ts';

const database = new DatabaseSync(':memory:');
database.exec('CREATE TABLE events (id INTEGER PRIMARY KEY, happened INTEGER, kind TEXT, text TEXT)');
database.exec('BEGIN');
const insert = database.prepare('INSERT INTO events (happened, kind, text) VALUES (?, ?, ?)');
for (let n = 0; n < 90_000; n += 1) insert.run((n * 7_919) % 90_000, n % 3 ? 'click' : 'view', `event ${n}`);
database.exec('COMMIT');
if (!isFaulty) database.exec('CREATE INDEX events_by_time ON events (happened)');

const latest = database.prepare('SELECT id, text FROM events ORDER BY happened DESC LIMIT 20');
const byId = database.prepare('SELECT kind FROM events WHERE id = ?');
const rename = database.prepare('UPDATE events SET kind = ? WHERE id = ?');
const newestId = database.prepare('SELECT max(id) AS id FROM events');
const anyKind = database.prepare('SELECT kind FROM events LIMIT 1');

const latestEvents = () => latest.all();
const kindOf = (id: number) => byId.get(id)?.kind;
function rewrite(id: number) {
  rename.run('seen', id);
  return [newestId.get(), anyKind.get()];
}

listen(
  createServer((request, response) => {
    const answer = request.url === '/feed' ? latestEvents() : [kindOf(9), rewrite(9)];
    response.end(JSON.stringify(answer));
  }),
);
