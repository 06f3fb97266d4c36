/** Code lenses out of the functions of a document. */
import { type DocumentFunctions, lensCommand, type Position, whyCommand } from '@runlens/protocol/lsp';
import type { CodeLens } from 'vscode-languageserver';

/** One lens for each function that has something to say, and one at the top for what concerns the whole document. */
export function codeLenses(document: DocumentFunctions): CodeLens[] {
  const lenses: CodeLens[] = [];
  if (document.notice !== undefined) {
    lenses.push(lens({ line: 0, character: 0 }, document.uri, `Runlens: ${document.notice} · Why?`, whyCommand));
  }
  const perLine = new Map<number, number>();
  for (const { range, label } of document.functions) {
    if (label !== '') perLine.set(range.start.line, (perLine.get(range.start.line) ?? 0) + 1);
  }
  for (const { name, range, label, state } of document.functions) {
    if (label === '') continue;
    // Where several functions start on one line, each says which it is.
    const title = (perLine.get(range.start.line) ?? 0) > 1 ? `${lastSegment(name)}: ${label}` : label;
    lenses.push(lens(range.start, document.uri, title, state.kind === 'measured' ? lensCommand : whyCommand));
  }
  return lenses;
}

function lens(position: Position, uri: string, title: string, command: string): CodeLens {
  return { range: { start: position, end: position }, command: { title, command, arguments: [uri, position] } };
}

function lastSegment(name: string): string {
  const segment = name.slice(name.lastIndexOf('.') + 1);
  return segment.length > 30 ? `${segment.slice(0, 29)}…` : segment;
}
