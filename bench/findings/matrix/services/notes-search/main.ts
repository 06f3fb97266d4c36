/** A search in notes. Faulty: it reads 60,000 of them. Healthy: the same statement, 200 notes. */
import { DatabaseSync } from 'node:sqlite';
import fastify from 'fastify';
import { isFaulty, listen } from '../../listen.ts';

const database = new DatabaseSync(':memory:');
database.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, owner INTEGER, body TEXT, archived INTEGER)');
database.exec('BEGIN');
const insert = database.prepare('INSERT INTO notes (owner, body, archived) VALUES (?, ?, ?)');
for (let n = 0; n < (isFaulty ? 60_000 : 200); n += 1)
  insert.run(n % 97, `note ${n} about ${n % 31} and other things`, n % 2);
database.exec('COMMIT');

const like = database.prepare('SELECT id FROM notes WHERE body LIKE ? LIMIT 10');
const one = database.prepare('SELECT body FROM notes WHERE id = ?');
const touch = database.prepare('UPDATE notes SET archived = ? WHERE id = ?');
const last = database.prepare('SELECT id FROM notes ORDER BY id DESC LIMIT 1');
const first = database.prepare('SELECT id FROM notes ORDER BY id LIMIT 1');

function searchNotes(text: string) {
  return like.all(`%${text}%`);
}
function readNote(id: number) {
  touch.run(0, id);
  return one.get(id);
}
const bounds = () => [first.get(), last.get()];

const app = fastify();
app.get('/search', async () => searchNotes('nowhere to be found'));
app.get('/note', async () => readNote(7));
app.get('/bounds', async () => bounds());
await app.ready();
listen(app.server);
