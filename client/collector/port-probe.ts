/** Who listens on a port of this machine. */
import { get } from 'node:http';
import { createConnection } from 'node:net';

export type PortHolder = 'free' | 'runlens' | 'other';

const timeoutMilliseconds = 1_500;
const answerLimitBytes = 64 * 1024;

/** Asks `127.0.0.1:port` for a collector's `/health`, which wants no token. Never throws. */
export async function probePort(port: number, timeout = timeoutMilliseconds): Promise<PortHolder> {
  if (!(await accepts(port, timeout))) return 'free';
  return (await health(port, timeout)) ? 'runlens' : 'other';
}

function accepts(port: number, timeout: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port, timeout });
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true));
    // A port that takes a connection and never answers it is taken, too; one that is filtered times out and counts as such.
    socket.once('timeout', () => settle(true));
    socket.once('error', () => settle(false));
  });
}

function health(port: number, timeout: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(
      { host: '127.0.0.1', port, path: '/health', signal: AbortSignal.timeout(timeout) },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
          if (body.length > answerLimitBytes) {
            request.destroy();
            resolve(false);
          }
        });
        response.on('end', () => resolve(isHealth(body)));
        response.on('error', () => resolve(false));
      },
    );
    request.on('error', () => resolve(false));
  });
}

/** Whether this is a Runlens collector's health answer: others answer `/health` as well, with other fields. */
export function isHealth(body: string): boolean {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== 'object' || parsed === null) return false;
    return 'status' in parsed && 'startedAt' in parsed && 'lastIngest' in parsed && 'problems' in parsed;
  } catch {
    return false;
  }
}
