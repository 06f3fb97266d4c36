/** Git's object ids of texts: by them the text that a service runs is compared with the text in the editor. */
import { createHash } from 'node:crypto';

/** The text as git stores it: line ends are LF. */
export const normalised = (text: string): string => (text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text);

/** The id that `git hash-object` gives the text (SHA-1, hexadecimal), line ends normalised. */
export function blobId(text: string): string {
  const content = Buffer.from(normalised(text), 'utf8');
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

/** Editors hide a byte order mark; the file, and so the id, may have one. */
export const blobIdWithMark = (text: string): string => blobId(`\uFEFF${text}`);
