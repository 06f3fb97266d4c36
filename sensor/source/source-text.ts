import { findFunctions } from '../naming/functions.ts';
import { lineStarts } from '../naming/line-starts.ts';
import { type Language, parse } from '../transform/parse.ts';

/** A function of a source as written. Offsets are UTF-16 units. */
export interface SourceFunction {
  readonly name: string;
  /** 1-based. */
  readonly line: number;
  readonly start: number;
  readonly bodyStart: number;
  readonly end: number;
  readonly isAsync: boolean;
  readonly source: SourceText;
}

/** The text of one source as written, with its functions, which are looked for when first asked for. */
export class SourceText {
  /** Relative to the root, with `/`. */
  readonly file: string;
  readonly text: string;
  readonly #lineStarts: readonly number[];
  readonly #mentioned = new Map<string, boolean>();
  #functions: readonly SourceFunction[] | undefined;
  #parents: number[] = [];
  /** Why the text could not be parsed, if so; it then has no functions. */
  problem: string | undefined;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    this.#lineStarts = lineStarts(text);
  }

  /** In source order. */
  get functions(): readonly SourceFunction[] {
    this.#functions ??= this.#find();
    return this.#functions;
  }

  /** The offset of a position (both 0-based), or nothing when the text has no such place. */
  offsetAt(line: number, column: number): number | undefined {
    const start = this.#lineStarts[line];
    if (start === undefined) return undefined;
    const offset = start + column;
    return offset <= (this.#lineStarts[line + 1] ?? this.text.length + 1) - 1 ? offset : undefined;
  }

  /** Whether a name stands anywhere in the text. */
  mentions(name: string): boolean {
    const known = this.#mentioned.get(name);
    if (known !== undefined) return known;
    const mentioned = this.text.includes(name);
    this.#mentioned.set(name, mentioned);
    return mentioned;
  }

  /** The innermost function around an offset. */
  functionAt(offset: number): SourceFunction | undefined {
    const functions = this.functions;
    let low = 0;
    let high = functions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((functions[middle]?.start ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    let at = low - 1;
    while (at >= 0 && (functions[at]?.end ?? 0) <= offset) at = this.#parents[at] ?? -1;
    return functions[at];
  }

  #find(): readonly SourceFunction[] {
    const functions: SourceFunction[] = [];
    const open: number[] = [];
    for (const { name, start, end, body, node } of this.#parsed()) {
      while (open.length > 0 && (functions[open.at(-1) ?? 0]?.end ?? 0) <= start) open.pop();
      this.#parents.push(open.at(-1) ?? -1);
      open.push(functions.length);
      const isAsync = node.async === true;
      functions.push({ name, line: this.lineAt(start), start, bodyStart: body.start, end, isAsync, source: this });
    }
    return functions;
  }

  #parsed(): ReturnType<typeof findFunctions> {
    for (const sourceType of ['module', 'commonjs'] as const) {
      try {
        return findFunctions(parse(this.text, sourceType, languageOf(this.file)).program, this.text);
      } catch (error) {
        this.problem ??= error instanceof Error ? error.message : String(error);
      }
    }
    return [];
  }

  /** The 1-based line of an offset. */
  lineAt(offset: number): number {
    return lineIndex(this.#lineStarts, offset) + 1;
  }
}

/** Which of the lines that start there an offset is in, 0-based. */
export function lineIndex(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low;
}

function languageOf(file: string): Language {
  if (/\.tsx$/i.test(file)) return 'typescriptreact';
  return /\.[cm]?ts$/i.test(file) ? 'typescript' : 'javascript';
}
