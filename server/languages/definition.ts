/** What a language tells Runlens. One file a language; `registry.ts` lists them. */
import type { Node, Point, Range, Tree } from 'web-tree-sitter';

export interface NameInScope {
  readonly name: string;
  readonly from: 'parameter' | 'local' | 'closure' | 'module';
}

/** A function in a source text. Lines and columns are zero-based (columns and offsets in UTF-16 units). */
export interface FoundFunction {
  /** The qualified name, by the rules of `protocol/naming` or of the language's own file. */
  readonly name: string;
  /** Of its first token (after decorators and annotations), 1-based as in profiles. */
  readonly line: number;
  readonly start: Point;
  readonly end: Point;
  readonly startIndex: number;
  readonly endIndex: number;
  /** Its own name where it has one, else its first token. */
  readonly selectionStart: Point;
  readonly selectionEnd: Point;
  /** From what names it (a variable, a key, itself) to where its body starts: what a hover answers on. */
  readonly headerStart: Point;
  readonly headerEnd: Point;
  /** It stands in a region that the parser could not read: its content is sound, its name may lack what encloses it. */
  readonly uncertain: boolean;
}

/** What is known of a text from before an edit. */
export interface ReadingBefore {
  readonly text: string;
  readonly functions: readonly FoundFunction[];
  /** The parser could not read some of it. */
  readonly hasError: boolean;
  /** Where the tree of the text as it is now differs in its structure, in places of the text as it is now. */
  readonly changed: readonly Pick<Range, 'startIndex' | 'endIndex'>[];
}

export interface LanguageDefinition {
  /** Editor language ids that this definition reads. */
  readonly languageIds: readonly string[];
  /** Endings of file names, with the dot, for files that no editor has open. */
  readonly extensions: readonly string[];
  /** The grammar's file name without `.wasm`. */
  readonly grammar: string;
  /** Names of files at the top of a workspace that tell that it is written in this language. */
  readonly workspaceFiles?: readonly string[];
  /** Usual code of the language, some hundred characters: read ahead of the first document. */
  readonly sample?: string;
  /**
   * All functions in source order, but for those that the parser could not read. `before` spares the walk over what the
   * edit did not touch; the functions are the same without it.
   */
  readonly functions: (tree: Tree, text: string, before?: ReadingBefore) => FoundFunction[];
  /**
   * The names that can be read at a row (zero-based), for the expressions of probes; absent: services of this language
   * take no probes.
   */
  readonly namesInScope?: (tree: Tree, text: string, row: number) => readonly NameInScope[];
  /** The package or namespace that the file declares. */
  readonly namespace?: (tree: Tree) => string | undefined;
  /**
   * Turns a name that another OpenTelemetry SDK reported (`com.example.Cart.add`, `(*Cart).Add`) into the name that
   * {@link functions} gives; undefined: it cannot be one of this file. Absent: names are compared as they are.
   */
  readonly localName?: (reported: string, file: FileContext) => string | undefined;
}

export interface FileContext {
  /** Relative to the repository's root, with `/`. */
  readonly path: string;
  /** What {@link LanguageDefinition.namespace} found. */
  readonly namespace: string | undefined;
}

/** Builds a {@link FoundFunction} from its node. */
export function foundFunction(
  name: string,
  node: Node,
  parts: {
    readonly firstToken?: Node;
    readonly nameNode?: Node | null;
    readonly header?: Node;
    readonly body?: Node | null;
    readonly uncertain?: boolean;
  },
): FoundFunction {
  const first = parts.firstToken ?? node;
  const start = first.startPosition;
  const selection = parts.nameNode ?? firstLeaf(first);
  const header = parts.header && parts.header.startIndex < first.startIndex ? parts.header.startPosition : start;
  const selectionEnd = selection.endPosition;
  const headerEnd = parts.body ? parts.body.startPosition : selectionEnd;
  return {
    name,
    line: start.row + 1,
    start,
    end: node.endPosition,
    startIndex: first.startIndex,
    endIndex: node.endIndex,
    selectionStart: selection.startPosition,
    selectionEnd,
    headerStart: header,
    headerEnd,
    uncertain: parts.uncertain ?? false,
  };
}

function firstLeaf(node: Node): Node {
  let leaf = node;
  for (let child = leaf.firstChild; child; child = leaf.firstChild) leaf = child;
  return leaf;
}
