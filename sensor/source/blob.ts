import { createHash } from 'node:crypto';

/** Git's object id of a text as it is stored with line ends normalised to LF: `git hash-object` of it. 40 hex digits. */
export function blobId(text: string): string {
  const content = Buffer.from(text.replaceAll('\r\n', '\n'), 'utf8');
  return createHash('sha1').update(`blob ${content.byteLength}\0`).update(content).digest('hex');
}
