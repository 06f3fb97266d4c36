/** Visitors who were there before. Faulty: they are looked for one by one, among all that ever came. */
import { createServer } from 'node:http';
import { isFaulty, listen } from '../../listen.ts';

const list: string[] = [];
const set = new Set<string>();

function wasHere(visitor: string): boolean {
  if (isFaulty) {
    const found = list.some((each) => each === visitor);
    for (let n = 0; n < 40; n += 1) list.push(`${visitor} ${n}`);
    return found;
  }
  const found = set.has(visitor);
  set.add(visitor);
  return found;
}

let visitor = 0;
listen(
  createServer((_request, response) => {
    visitor += 1;
    response.end(String(wasHere(`visitor ${visitor}`)));
  }),
);
