/** A page of comments with their authors. Faulty: a query for each author. */
import { createServer } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { isFaulty, listen } from '../../listen.ts';

const database = new DatabaseSync(':memory:');
database.exec(
  'CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE comments (id INTEGER PRIMARY KEY, post INTEGER, author INTEGER, text TEXT); CREATE INDEX comments_of_post ON comments (post);',
);
for (let id = 1; id <= 200; id += 1) database.prepare('INSERT INTO authors VALUES (?, ?)').run(id, `author ${id}`);
for (let id = 1; id <= 2_000; id += 1) {
  database.prepare('INSERT INTO comments VALUES (?, ?, ?, ?)').run(id, id % 50, 1 + (id % 200), `text ${id}`);
}

class Authors {
  readonly #byId = database.prepare('SELECT name FROM authors WHERE id = ?');

  find(id: number) {
    return this.#byId.get(id)?.name;
  }
}

class CommentPage {
  readonly #authors = new Authors();
  readonly #ofPost = database.prepare('SELECT author, text FROM comments WHERE post = ? LIMIT ?');
  readonly #count = database.prepare('SELECT count(*) AS comments FROM comments WHERE post = ?');

  render(post: number): string {
    // Healthy: the page shows the first two.
    const comments = this.#ofPost.all(post, isFaulty ? 40 : 2);
    const lines = comments.map(({ author, text }) => `${this.#authors.find(Number(author))}: ${text}`);
    return `${this.#count.get(post)?.comments} comments\n${lines.join('\n')}`;
  }
}

const page = new CommentPage();
let post = 0;
listen(
  createServer((_request, response) => {
    post = (post + 1) % 50;
    response.end(page.render(post));
  }),
);
