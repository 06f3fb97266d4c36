import type { Server } from 'node:http';

/**
 * What the benchmark asks of a service, at one moment: the CPU time that the whole process has used so far, in
 * microseconds, and the requests that came.
 */
export function answerControl(server: Server): void {
  let requests = 0;
  server.on('request', () => {
    requests += 1;
  });
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuMicroseconds: user + system, requests });
  });
  process.on('disconnect', () => process.exit());
}

/** The line that says that the service is ready, and where. */
export function ready(url: string): void {
  console.log(JSON.stringify({ url }));
}
