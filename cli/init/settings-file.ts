/** A file of an agent's settings, and what is written into it and taken out again. Pure: texts to texts. */

/** What becomes of a file. */
export type Edited =
  /** Undefined: the file held nothing else and goes. */
  | { readonly kind: 'text'; readonly text: string | undefined }
  /** It stays as it is, and somebody has to be told why. */
  | { readonly kind: 'refused'; readonly reason: string };

export interface SettingsFile {
  /** Relative to the root of the repository, with `/`. */
  readonly path: string;
  /** `before`: undefined: it is not there. */
  readonly add: (before: string | undefined) => Edited;
  readonly remove: (before: string) => Edited;
}

export const asText = (text: string | undefined): Edited => ({ kind: 'text', text });
export const refusedFile = (reason: string): Edited => ({ kind: 'refused', reason });
