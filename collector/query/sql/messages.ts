/** Between the collector and the process in which SQL of others runs. */

export type Cell = string | number | null;

export interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

export type ToQueryProcess =
  /** Tables to be kept under a key. */
  | { readonly kind: 'load'; readonly key: string; readonly tables: readonly Table[] }
  | { readonly kind: 'drop'; readonly key: string }
  | {
      readonly kind: 'run';
      readonly id: number;
      readonly key: string;
      readonly sql: string;
      readonly rows: number;
      readonly bytes: number;
      readonly cellCharacters: number;
    };

export type FromQueryProcess =
  | { readonly kind: 'loaded'; readonly key: string }
  | {
      readonly kind: 'rows';
      readonly id: number;
      readonly columns: readonly string[];
      readonly rows: readonly (readonly Cell[])[];
      readonly truncated: boolean;
    }
  /** The statement is refused, or does not work; the reason is for its author. */
  | { readonly kind: 'refused'; readonly id: number; readonly reason: string };
