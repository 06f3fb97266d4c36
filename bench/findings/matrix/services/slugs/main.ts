/** Addresses of articles. Faulty: what does not change is built for each. */
import { createServer } from 'node:http';
import { isFaulty, listen } from '../../listen.ts';

const letters = Array.from({ length: 3_000 }, (_, n) => String.fromCharCode(0x61 + (n % 26)) + n);

function buildTable(): Map<string, string> {
  return new Map(letters.map((letter) => [letter, letter.toUpperCase()]));
}
const kept = buildTable();
function slugOf(title: string): string {
  const table = isFaulty ? buildTable() : kept;
  return table.get(title) ?? title.replaceAll(' ', '-');
}
const listArticles = () => Array.from({ length: 30 }, (_, n) => slugOf(`article ${n}`)).join('\n');

listen(
  createServer((_request, response) => {
    response.end(listArticles());
  }),
);
