import type { TextStyle } from './style.ts';

export interface TextOptions {
  /** The longest text to return, in characters; what does not fit is left out, and that is said. */
  readonly budgetCharacters: number;
  /** The present, in milliseconds since 1970: ages are told from it. */
  readonly now: number;
  readonly style: TextStyle;
}
