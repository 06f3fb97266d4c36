/** What the services of the matrix have in common and is none of their own code: it lies outside of what is measured. */
import type { Server } from 'node:http';

export type Twin = 'faulty' | 'healthy';

/** Which of the two the process is. */
export const isFaulty = process.argv[2] === 'faulty';
/** The deployed version, and whether it is the hour in which more is to be done. */
export const version = process.argv[3] ?? 'v1';
export const isBusyHour = process.argv[4] === 'busy';

/** The service beside, at 127.0.0.1. */
export const neighbour = process.env.MATRIX_NEIGHBOUR ?? 'http://127.0.0.1:9';

/** Tells whoever started the process where it listens. */
export function listen(server: Server): void {
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    console.log(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`);
  });
}

/** An error that is answered by this status, as frameworks have it. */
export class AnsweredError extends Error {
  readonly statusCode: number;

  constructor(message: string, statusCode: number) {
    super(message);
    this.name = 'AnsweredError';
    this.statusCode = statusCode;
  }
}
