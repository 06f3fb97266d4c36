import { readFileSync } from 'node:fs';

/** The files named on the command line behind the number of times, one after the other. */
export function readInput(): { readonly times: number; readonly text: string } {
  const [times, ...files] = process.argv.slice(2);
  return { times: Number(times), text: files.map((file) => readFileSync(file, 'utf8')).join('\n\n') };
}
