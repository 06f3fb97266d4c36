/** A page of rows. Faulty: each row parses the same text of settings. Healthy: each row is what the page is there for. */
import fastify from 'fastify';
import { isFaulty, listen } from '../../listen.ts';

const text = JSON.stringify(Object.fromEntries(Array.from({ length: 1_500 }, (_, n) => [`key${n}`, { width: n }])));

function widthOf(key: string): number {
  return JSON.parse(text)[key].width;
}
function renderRow(row: number): string {
  let cells = '';
  for (let n = 0; n < 60; n += 1) cells += `<td>${(row * n).toString(36)}</td>`;
  return isFaulty ? `<tr width="${widthOf(`key${row}`)}">${cells}</tr>` : `<tr>${cells}</tr>`;
}
const renderPage = () => Array.from({ length: 25 }, (_, row) => renderRow(row)).join('');

const app = fastify();
app.get('/page', async () => renderPage());
await app.ready();
listen(app.server);
