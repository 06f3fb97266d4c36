/** Whether a commit has a file, and a function in it. */
import type { Git } from '../git/git.ts';
import { languageByPath } from '../languages/registry.ts';
import { normalised } from './blob.ts';
import { Parsers } from './parsed-text.ts';

const mostFiles = 300;

export class CommittedFunctions implements Disposable {
  readonly #root: string;
  readonly #git: Git;
  readonly #commit: string;
  readonly #parsers = new Parsers();
  readonly #names = new Map<string, Promise<ReadonlySet<string> | undefined>>();

  /** `commit`: its id. */
  constructor(root: string, git: Git, commit: string) {
    this.#root = root;
    this.#git = git;
    this.#commit = commit;
  }

  /** Without a name: whether the file is there. */
  async has(file: string, name: string | undefined): Promise<boolean> {
    const names = await this.#namesOf(file);
    return names !== undefined && (name === undefined || names.has(name));
  }

  #namesOf(file: string): Promise<ReadonlySet<string> | undefined> {
    let known = this.#names.get(file);
    if (!known) {
      if (this.#names.size >= mostFiles) return Promise.resolve(undefined);
      known = this.#read(file);
      this.#names.set(file, known);
    }
    return known;
  }

  async #read(file: string): Promise<ReadonlySet<string> | undefined> {
    const text = await this.#git.object(this.#root, `${this.#commit}:${file}`);
    if (text === undefined) return undefined;
    const definition = languageByPath(file);
    if (!definition) return new Set();
    const result = await this.#parsers.parse(definition, normalised(text));
    if (result.kind === 'refused') return new Set();
    try {
      return new Set(result.parsed.functions.map(({ name }) => name));
    } finally {
      result.parsed.dispose();
    }
  }

  [Symbol.dispose](): void {
    this.#parsers.dispose();
  }
}
