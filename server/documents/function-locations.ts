/** Where functions that services name are in the workspace, as its files are now. */
import { readFile, stat } from 'node:fs/promises';
import type { Location, NamedFunction, ServerConfiguration } from '@runlens/protocol/lsp';
import { LRUCache } from 'lru-cache';
import { URI } from 'vscode-uri';
import type { MovedFiles } from '../git/moved-files.ts';
import type { FoundFunction } from '../languages/definition.ts';
import { languageByPath } from '../languages/registry.ts';
import type { Parsers } from './parsed-text.ts';
import { type RepositoryPaths, workspacePath } from './repository-path.ts';
import { findFile, workspaceRoots } from './workspace-file.ts';

/** More files than this are not read to find the exact line: the deployed line is near enough. */
const mostFilesRead = 60;
/** Bytes. */
const longestFile = 1_000_000;

export class FunctionLocations {
  readonly #parsers: Parsers;
  readonly #paths: RepositoryPaths;
  readonly #moved: MovedFiles;
  readonly #functions = new LRUCache<
    string,
    { readonly changed: number; readonly functions: readonly FoundFunction[] }
  >({
    max: 500,
  });

  constructor(parsers: Parsers, paths: RepositoryPaths, moved: MovedFiles) {
    this.#parsers = parsers;
    this.#paths = paths;
    this.#moved = moved;
  }

  /** In the order given; null: no folder of the workspace has the file. */
  async of(
    functions: readonly NamedFunction[],
    { pathMappings }: Pick<ServerConfiguration, 'pathMappings'>,
    workspaceFolders: readonly string[],
  ): Promise<readonly (Location | null)[]> {
    const roots = await workspaceRoots(this.#paths, workspaceFolders);
    const files = new Map<string, string | undefined>();
    const locations: (Location | null)[] = [];
    for (const each of functions) {
      if (!files.has(each.file)) {
        const path = workspacePath(each.file, pathMappings);
        files.set(each.file, (await findFile(roots, path)) ?? (await this.#movedFile(roots, path)));
      }
      const file = files.get(each.file);
      locations.push(file === undefined ? null : await this.#location(file, each, files.size <= mostFilesRead));
    }
    return locations;
  }

  async #movedFile(roots: readonly string[], path: string): Promise<string | undefined> {
    for (const root of roots) {
      const present = await this.#moved.present(root, path);
      const file = present === undefined ? undefined : await findFile([root], present);
      if (file !== undefined) return file;
    }
    return undefined;
  }

  async #location(file: string, wanted: NamedFunction, read: boolean): Promise<Location> {
    const line = Math.max(0, wanted.line - 1);
    const uri = URI.file(file).toString();
    const same = (read ? await this.#functionsOf(file) : []).filter(({ name }) => name === wanted.function);
    const nearest = same.sort((a, b) => Math.abs(a.line - wanted.line) - Math.abs(b.line - wanted.line))[0];
    if (!nearest) return { uri, range: { start: { line, character: 0 }, end: { line, character: 0 } } };
    return {
      uri,
      range: {
        start: { line: nearest.selectionStart.row, character: nearest.selectionStart.column },
        end: { line: nearest.selectionEnd.row, character: nearest.selectionEnd.column },
      },
    };
  }

  async #functionsOf(file: string): Promise<readonly FoundFunction[]> {
    const definition = languageByPath(file);
    if (!definition) return [];
    try {
      const { mtimeMs, size } = await stat(file);
      const known = this.#functions.get(file);
      if (known?.changed === mtimeMs) return known.functions;
      if (size > longestFile) return [];
      const result = await this.#parsers.parse(definition, await readFile(file, 'utf8'));
      if (result.kind === 'refused') return [];
      const { functions } = result.parsed;
      result.parsed.dispose();
      this.#functions.set(file, { changed: mtimeMs, functions });
      return functions;
    } catch {
      return [];
    }
  }
}
