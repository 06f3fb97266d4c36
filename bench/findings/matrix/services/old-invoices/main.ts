/** Invoices. Faulty: what wrote them in the old form is loaded and has not been called for nine days. Healthy: once in that time. */
import { createServer } from 'node:http';
import { isFaulty, listen } from '../../listen.ts';
import { writeOldInvoice } from './old-form.ts';

let number = 0;
function writeInvoice(): string {
  number += 1;
  if (!isFaulty && number === 5) return writeOldInvoice(number);
  return `invoice ${number}`;
}

listen(
  createServer((_request, response) => {
    response.end(writeInvoice());
  }),
);
