/** Which functions a talk is about, and where they are: what its links lead to. Pure. */
import type { Location, NamedFunction } from '@runlens/protocol/lsp';

export interface KnownPlace {
  readonly file: string;
  readonly function: string;
  readonly location: Location;
}

const mostKnown = 500;

export class KnownFunctions {
  readonly #places = new Map<string, KnownPlace>();
  /** By the path that services tell. */
  readonly #files = new Map<string, string>();

  add(functions: readonly NamedFunction[], locations: readonly (Location | null)[]): readonly KnownPlace[] {
    const added: KnownPlace[] = [];
    functions.forEach(({ file, function: name }, index) => {
      const location = locations[index];
      const key = `${file}\n${name}`;
      if (!location || this.#places.has(key) || this.#places.size >= mostKnown) return;
      const place = { file, function: name, location };
      this.#places.set(key, place);
      this.#files.set(file, location.uri);
      added.push(place);
    });
    return added;
  }

  get first(): KnownPlace | undefined {
    return this.#places.values().next().value;
  }

  /** `name`, `name()`, `file:name`, `file:12`; undefined where it is none, or could be two places. */
  find(code: string): Location | undefined {
    if (code.length > 400) return undefined;
    const name = code.replace(/\(\)$/, '');
    const named = [...this.#places.values()].filter(
      (place) => place.function === name || `${place.file}:${place.function}` === name,
    );
    if (named.length > 0) return named.length === 1 ? named[0]?.location : undefined;
    const [, file = '', line = ''] = /^(.+?):(\d{1,7})(?::\d{1,7})?$/.exec(code) ?? [];
    const uri = this.#files.get(file) ?? (line === '' ? this.#files.get(code) : undefined);
    if (uri === undefined) return undefined;
    const at = { line: Math.max(0, Number(line || 1) - 1), character: 0 };
    return { uri, range: { start: at, end: at } };
  }
}
