/** Reports. Faulty: nothing has loaded one of its files for nine days. Healthy: it is loaded when it is asked for. */
import { createServer } from 'node:http';
import { isFaulty, listen } from '../../listen.ts';

let number = 0;
async function report(): Promise<string> {
  number += 1;
  if (!isFaulty && number === 5) {
    const { yearly } = await import('./yearly.ts');
    return yearly(number);
  }
  return `report ${number}`;
}

listen(
  createServer(async (_request, response) => {
    response.end(await report());
  }),
);
