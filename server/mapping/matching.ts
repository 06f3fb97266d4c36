/** Two readings of a file, and which functions of them were paired so far. */
import { likenessOf, type Words, wordsOf } from './body-likeness.ts';

export interface MappableText {
  /** In source order. */
  readonly functions: readonly {
    readonly name: string;
    readonly line: number;
    readonly startIndex: number;
    readonly endIndex: number;
    /** Its name may be wrong (a syntax error is around it): only its content tells which function it is. */
    readonly uncertain?: boolean;
  }[];
  textOf(index: number): string;
  fingerprint(index: number): string;
}

export interface Pair {
  readonly editor: number;
  /** The function's tokens are the same, whatever its spaces, comments and name. */
  readonly unchanged: boolean;
}

export interface FunctionMatches {
  /** By index in the deployed text. */
  readonly pairs: ReadonlyMap<number, Pair>;
  /** Indexes in the editor's text of functions that may be one of several deployed ones, or share one. */
  readonly ambiguous: ReadonlySet<number>;
}

export const isNameless = (name: string | undefined): boolean => name?.endsWith(')') === true;

/** The pairs found so far, and what is asked to find more. */
export class Matching {
  readonly deployed: MappableText;
  readonly editor: MappableText;
  readonly pairs = new Map<number, Pair>();
  readonly paired = new Set<number>();
  readonly ambiguous = new Set<number>();
  /** By index in the deployed text: functions of the same name that are another's by what they do. What is within may be the same. */
  readonly namesakes = new Map<number, number>();
  readonly #words = { deployed: new Map<number, Words>(), editor: new Map<number, Words>() };

  constructor(deployed: MappableText, editor: MappableText) {
    this.deployed = deployed;
    this.editor = editor;
  }

  same(d: number, e: number): boolean {
    return (
      this.deployed.textOf(d) === this.editor.textOf(e) || this.deployed.fingerprint(d) === this.editor.fingerprint(e)
    );
  }

  likeness(d: number, e: number): number {
    return likenessOf(this.wordsOf('deployed', d), this.wordsOf('editor', e));
  }

  wordsOf(side: 'deployed' | 'editor', index: number): Words {
    const known = this.#words[side].get(index);
    if (known) return known;
    const words = wordsOf(this[side].fingerprint(index));
    this.#words[side].set(index, words);
    return words;
  }

  lastName(side: 'deployed' | 'editor', index: number): string {
    const name = this[side].functions[index]?.name ?? '';
    return name.slice(name.lastIndexOf('.') + 1);
  }

  /** Both have a name of their own, and it is the same one. */
  sameLastName(d: number, e: number): boolean {
    const name = this.lastName('deployed', d);
    return name === this.lastName('editor', e) && !isNameless(name);
  }

  /** Neither has been paired, and the editor's may be any. */
  free(d: number, e: number): boolean {
    return !this.pairs.has(d) && this.isFree(e);
  }

  isFree(e: number): boolean {
    return !this.paired.has(e) && !this.ambiguous.has(e);
  }

  pair(d: number, e: number, unchanged = this.same(d, e)): void {
    if (!unchanged && this.editor.functions[e]?.uncertain) return;
    this.pairs.set(d, { editor: e, unchanged });
    this.paired.add(e);
    this.ambiguous.delete(e);
  }
}
