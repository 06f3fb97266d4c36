import type { SQLOutputValue } from 'node:sqlite';

/** A row as SQLite gives it. Each table's reader turns it into its own type. */
export type Row = Readonly<Record<string, SQLOutputValue>>;
