/** Texts that a chat is given as attachments: read-only files in memory, so that any chat can read them as it reads files. */
import * as vscode from 'vscode';

const scheme = 'runlens-context';
/** Older ones are let go; a chat has read them by then. */
const mostFiles = 40;

export class ContextFiles implements vscode.FileSystemProvider, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly #files = new Map<string, { readonly bytes: Uint8Array; readonly made: number }>();
  readonly #registration: vscode.Disposable;
  #count = 0;

  readonly onDidChangeFile = this.#changed.event;

  constructor() {
    this.#registration = vscode.workspace.registerFileSystemProvider(scheme, this, {
      isCaseSensitive: true,
      isReadonly: true,
    });
  }

  /** `title`: what the attachment is called; anything but word characters is replaced in it. */
  add(title: string, text: string): vscode.Uri {
    this.#count += 1;
    const name = title.replace(/[^\w.$-]+/g, '-').slice(0, 80);
    const uri = vscode.Uri.from({ scheme, path: `/${this.#count}/${name}.md` });
    this.#files.set(uri.path, { bytes: new TextEncoder().encode(text), made: Date.now() });
    for (const [oldest] of this.#files) {
      if (this.#files.size <= mostFiles) break;
      this.#files.delete(oldest);
    }
    return uri;
  }

  stat(uri: vscode.Uri): vscode.FileStat {
    const { bytes, made } = this.#file(uri);
    return { type: vscode.FileType.File, ctime: made, mtime: made, size: bytes.byteLength };
  }

  readFile(uri: vscode.Uri): Uint8Array {
    return this.#file(uri).bytes;
  }

  readDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.FileNotADirectory(uri);
  }

  /** Nothing changes: each text is a file of its own. */
  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }
  writeFile(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }
  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }
  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
    this.#files.clear();
  }

  #file(uri: vscode.Uri): { readonly bytes: Uint8Array; readonly made: number } {
    const file = this.#files.get(uri.path);
    if (!file) throw vscode.FileSystemError.FileNotFound(uri);
    return file;
  }
}
