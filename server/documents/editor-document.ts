/** A document that an editor has open: its text as it is now, unsaved edits included, and its functions. */
import { TextDocument, type TextDocumentContentChangeEvent } from 'vscode-languageserver-textdocument';
import { Edit } from 'web-tree-sitter';
import { languageById } from '../languages/registry.ts';
import { blobId, blobIdWithMark } from './blob.ts';
import { EditorText } from './editor-text.ts';
import type { ParsedText, ParseResult, Parsers } from './parsed-text.ts';

/** More edits than this since the last reading: a full reading is as quick. */
const mostPendingEdits = 500;

export type EditorFunctions =
  | { readonly kind: 'read'; readonly text: EditorText }
  | { readonly kind: 'refused'; readonly message: string };

export class EditorDocument {
  readonly uri: string;
  readonly languageId: string;
  #text: TextDocument;
  #edits: Edit[] | undefined = [];
  /** The last reading, and the last one without a syntax error; they may be the same. */
  #last: ParsedText | undefined;
  #whole: ParsedText | undefined;
  #read: { readonly version: number; readonly functions: EditorFunctions } | undefined;
  #reading: Promise<void> | undefined;
  #disposed = false;

  constructor(uri: string, languageId: string, version: number, content: string) {
    this.uri = uri;
    this.languageId = languageId;
    this.#text = TextDocument.create(uri, languageId, version, content);
  }

  get version(): number {
    return this.#text.version;
  }

  getText(): string {
    return this.#text.getText();
  }

  update(changes: readonly TextDocumentContentChangeEvent[], version: number): void {
    for (const change of changes) {
      if (!('range' in change)) {
        this.#edits = undefined;
        TextDocument.update(this.#text, [change], version);
        continue;
      }
      const { start, end } = change.range;
      const startIndex = this.#text.offsetAt(start);
      const oldEndIndex = this.#text.offsetAt(end);
      TextDocument.update(this.#text, [change], version);
      const newEndIndex = startIndex + change.text.length;
      const newEnd = this.#text.positionAt(newEndIndex);
      this.#edits?.push(
        new Edit({
          startIndex,
          oldEndIndex,
          newEndIndex,
          startPosition: { row: start.line, column: start.character },
          oldEndPosition: { row: end.line, column: end.character },
          newEndPosition: { row: newEnd.line, column: newEnd.character },
        }),
      );
      if (this.#edits && this.#edits.length > mostPendingEdits) this.#edits = undefined;
    }
  }

  /** True when the text's git id is `blob`. */
  hasBlob(blob: string): boolean {
    return this.blob === blob || blobIdWithMark(this.getText()) === blob;
  }

  #blob: { readonly version: number; readonly id: string } | undefined;
  /** The git id of the text as it is now. */
  get blob(): string {
    if (this.#blob?.version !== this.version) this.#blob = { version: this.version, id: blobId(this.getText()) };
    return this.#blob.id;
  }

  /** The functions of the text as it is now. What is returned is alive as long as the text stays as it is. */
  async functions(parsers: Parsers): Promise<EditorFunctions> {
    for (;;) {
      if (this.#read?.version === this.version) return this.#read.functions;
      // One reading at a time; the text may have changed while the grammar was loaded.
      this.#reading ??= this.#parse(parsers).finally(() => {
        this.#reading = undefined;
      });
      await this.#reading;
      if (this.#disposed) return { kind: 'refused', message: 'The document was closed.' };
    }
  }

  async #parse(parsers: Parsers): Promise<void> {
    const { version } = this;
    const edits = this.#edits;
    this.#edits = [];
    const last = edits && this.#last;
    const previous = last && {
      tree: last.copyTree(),
      text: last.text,
      functions: last.functions,
      hasError: last.hasError,
    };
    let result: ParseResult;
    try {
      if (previous && edits) for (const edit of edits) previous.tree.edit(edit);
      const definition = languageById(this.languageId);
      result = definition
        ? await parsers.parse(definition, this.getText(), previous)
        : { kind: 'refused', message: `Runlens does not read the language ${this.languageId}.` };
    } catch (error) {
      result = { kind: 'refused', message: error instanceof Error ? error.message : String(error) };
    } finally {
      previous?.tree.delete();
    }
    if (this.#disposed || result.kind === 'refused') {
      if (result.kind === 'parsed') result.parsed.dispose();
      // The edits were not applied to a tree: the next reading is a full one.
      this.#edits = undefined;
      this.#read = {
        version,
        functions: { kind: 'refused', message: result.kind === 'refused' ? result.message : '' },
      };
      return;
    }
    const { parsed } = result;
    if (this.#last !== this.#whole) this.#last?.dispose();
    if (!parsed.hasError) {
      this.#whole?.dispose();
      this.#whole = parsed;
    }
    this.#last = parsed;
    this.#read = {
      version,
      functions: { kind: 'read', text: new EditorText(parsed, parsed.hasError ? this.#whole : undefined) },
    };
  }

  dispose(): void {
    this.#disposed = true;
    this.#last?.dispose();
    if (this.#whole !== this.#last) this.#whole?.dispose();
    this.#last = undefined;
    this.#whole = undefined;
    this.#read = undefined;
  }
}
