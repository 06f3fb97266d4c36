/** A source text with its syntax tree and its functions: of an editor, of git or of a file. */
import { type Node, Parser, type Tree } from 'web-tree-sitter';
import type { FoundFunction, LanguageDefinition, NameInScope, ReadingBefore } from '../languages/definition.ts';
import { loadGrammar } from './grammars.ts';

/** Longer texts (UTF-16 units) are not read: parsing them would hold up every other document. */
export const longestText = 2_500_000;
const parseDeadlineMilliseconds = 3_000;

export class ParsedText {
  readonly text: string;
  readonly functions: readonly FoundFunction[];
  readonly definition: LanguageDefinition;
  /** The package or namespace that the text declares. */
  readonly namespace: string | undefined;
  readonly #tree: Tree;
  readonly #fingerprints: (string | undefined)[] = [];

  /** The tree is now this reading's. */
  constructor(
    definition: LanguageDefinition,
    text: string,
    tree: Tree,
    known: { readonly before?: ReadingBefore; readonly same?: ParsedText } = {},
  ) {
    const { before, same } = known;
    this.definition = definition;
    this.text = text;
    this.#tree = tree;
    this.functions = same?.functions ?? definition.functions(tree, text, before);
    this.namespace = same ? same.namespace : definition.namespace?.(tree);
  }

  /** The same reading for another owner. */
  share(): ParsedText {
    return new ParsedText(this.definition, this.text, this.copyTree(), { same: this });
  }

  /** The source text of a function. */
  textOf(index: number): string {
    const found = this.functions[index];
    return found ? this.text.slice(found.startIndex, found.endIndex) : '';
  }

  /**
   * The function's tokens and how they nest, without its own name, spaces and comments: two functions with the same
   * fingerprint do the same. Computed when asked for, then kept.
   */
  fingerprint(index: number): string {
    const known = this.#fingerprints[index];
    if (known !== undefined) return known;
    const found = this.functions[index];
    const node =
      found && this.#tree.rootNode.descendantForIndex(found.startIndex, Math.max(found.startIndex, found.endIndex - 1));
    const print = found && node ? tokens(functionNode(node, found), found) : '';
    this.#fingerprints[index] = print;
    return print;
  }

  /** The names that can be read at a row (zero-based). */
  namesAt(row: number): readonly NameInScope[] {
    return this.definition.namesInScope?.(this.#tree, this.text, row) ?? [];
  }

  /** The parser could not read some of it. */
  get hasError(): boolean {
    return this.#tree.rootNode.hasError;
  }

  /** A tree to parse a changed text from: the edits are applied to it, and it is the caller's to delete. */
  copyTree(): Tree {
    return this.#tree.copy();
  }

  dispose(): void {
    this.#tree.delete();
  }
}

/** The innermost node that spans the function (a decorated method starts before its first token). */
function functionNode(node: Node, found: FoundFunction): Node {
  let current = node;
  while (current.endIndex < found.endIndex && current.parent) current = current.parent;
  return current;
}

function tokens(node: Node, found: FoundFunction): string {
  const cursor = node.walk();
  let out = '';
  let depth = 0;
  try {
    for (;;) {
      const leaf = cursor.currentNode;
      const outside = leaf.startIndex < found.startIndex && leaf.endIndex <= found.startIndex;
      const ownName = depth === 1 && cursor.currentFieldName === 'name';
      const skipped = outside || ownName || (leaf.isExtra && leaf.type.includes('comment'));
      if (!skipped && leaf.childCount > 0 && cursor.gotoFirstChild()) {
        out += '(';
        depth += 1;
        continue;
      }
      if (!skipped) out += `${leaf.text} `;
      while (depth > 0 && !cursor.gotoNextSibling()) {
        cursor.gotoParent();
        depth -= 1;
        out += ')';
      }
      if (depth === 0) return out;
    }
  } finally {
    cursor.delete();
  }
}

/** A text as it was read before the edits that were applied to this tree. */
interface PreviousReading {
  readonly tree: Tree;
  readonly text: string;
  readonly functions: readonly FoundFunction[];
  readonly hasError: boolean;
}

export type ParseResult =
  | { readonly kind: 'parsed'; readonly parsed: ParsedText }
  | { readonly kind: 'refused'; readonly message: string };

/** Owns one parser a grammar. */
export class Parsers {
  readonly #parsers = new Map<string, Parser>();

  /**
   * Reads a text; only what changed when `previous` is the reading before with its tree, to which the edits since were
   * applied (it stays the caller's).
   */
  async parse(definition: LanguageDefinition, text: string, previous?: PreviousReading): Promise<ParseResult> {
    if (text.length > longestText) {
      return {
        kind: 'refused',
        message: `This file is too large for Runlens (${(text.length / 1e6).toFixed(1)} M characters; the limit is ${longestText / 1e6} M).`,
      };
    }
    let parser = this.#parsers.get(definition.grammar);
    if (!parser) {
      const grammar = await loadGrammar(definition);
      parser = this.#parsers.get(definition.grammar) ?? new Parser();
      parser.setLanguage(grammar);
      this.#parsers.set(definition.grammar, parser);
    }
    const deadline = performance.now() + parseDeadlineMilliseconds;
    let asked = 0;
    const tree = parser.parse(text, previous?.tree ?? null, {
      // Asked thousands of times a text; looking at the clock each time would show.
      progressCallback: () => {
        asked += 1;
        return asked % 256 === 0 && performance.now() > deadline;
      },
    });
    if (!tree) {
      parser.reset();
      return { kind: 'refused', message: 'This file takes too long to read, so Runlens shows nothing in it.' };
    }
    try {
      const before = previous && {
        text: previous.text,
        functions: previous.functions,
        hasError: previous.hasError,
        changed: previous.tree.getChangedRanges(tree),
      };
      return { kind: 'parsed', parsed: new ParsedText(definition, text, tree, before ? { before } : {}) };
    } catch (error) {
      tree.delete();
      throw error;
    }
  }

  dispose(): void {
    for (const parser of this.#parsers.values()) parser.delete();
    this.#parsers.clear();
  }
}
