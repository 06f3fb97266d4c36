import { once } from 'node:events';
import type { ServiceProcess } from './service-process.ts';

/** Where the shop or its gateway says that it is. Throws with its output when it ends before. */
export async function readyUrl(service: ServiceProcess, name: string): Promise<string> {
  const { stdout } = service.child;
  let text = '';
  stdout?.on('data', (chunk) => {
    text += chunk;
  });
  await Promise.race([service.wrote(`${name} ready at`), once(service.child, 'exit')]);
  const url = new RegExp(`${name} ready at (\\S+)`).exec(text)?.[1];
  if (url === undefined) throw new Error(`${name} did not say where it is: ${text}`);
  return url;
}
