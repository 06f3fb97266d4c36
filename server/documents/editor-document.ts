/** A document that an editor has open: its text as it is now, unsaved edits included, and its functions. */
import { TextDocument, type TextDocumentContentChangeEvent } from 'vscode-languageserver-textdocument';
import { Edit } from 'web-tree-sitter';
import { languageById } from '../languages/registry.ts';
import { blobId, blobIdWithMark } from './blob.ts';
import type { ParsedText, ParseResult, Parsers } from './parsed-text.ts';

/** More edits than this since the last reading: a full reading is as quick. */
const mostPendingEdits = 500;

export class EditorDocument {
  readonly uri: string;
  readonly languageId: string;
  #text: TextDocument;
  #edits: Edit[] | undefined = [];
  #parsed: { readonly version: number; readonly result: ParseResult } | undefined;
  #parsing: Promise<ParseResult> | undefined;
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

  /** The functions of the text as it is now. */
  async functions(parsers: Parsers): Promise<ParseResult> {
    for (;;) {
      if (this.#parsed?.version === this.version) return this.#parsed.result;
      // One reading at a time; the text may have changed while the grammar was loaded.
      if (this.#parsing) {
        await this.#parsing;
        continue;
      }
      this.#parsing = this.#parse(parsers).finally(() => {
        this.#parsing = undefined;
      });
      const version = this.version;
      const result = await this.#parsing;
      if (this.#disposed || version === this.version) return result;
    }
  }

  async #parse(parsers: Parsers): Promise<ParseResult> {
    const definition = languageById(this.languageId);
    if (!definition) return { kind: 'refused', message: `Runlens does not read the language ${this.languageId}.` };
    const { version } = this;
    const before = this.#parsedText;
    const edits = this.#edits;
    this.#edits = [];
    if (before && edits) for (const edit of edits) before.tree.edit(edit);
    let result: ParseResult;
    try {
      result = await parsers.parse(definition, this.getText(), before && edits ? before.tree : undefined);
    } catch (error) {
      result = { kind: 'refused', message: error instanceof Error ? error.message : String(error) };
    }
    before?.dispose();
    if (this.#disposed) {
      if (result.kind === 'parsed') result.parsed.dispose();
      return { kind: 'refused', message: 'The document was closed.' };
    }
    this.#parsed = { version, result };
    return result;
  }

  get #parsedText(): ParsedText | undefined {
    return this.#parsed?.result.kind === 'parsed' ? this.#parsed.result.parsed : undefined;
  }

  dispose(): void {
    this.#disposed = true;
    this.#parsedText?.dispose();
    this.#parsed = undefined;
  }
}
