/** What a database would do for a statement, as far as a finding needs it. */
export interface Plan {
  /** Tables that are read whole, as they are named in the database. */
  readonly scans: readonly Scan[];
  /** Rows are sorted, since no index gives them in that order. */
  readonly sorts: boolean;
  /** Each table is found by an index. */
  readonly indexes: readonly string[];
}

export interface Scan {
  readonly table: string;
  readonly rows?: number | undefined;
  /** Indexes that could have been used, and were held to be no better. */
  readonly weighed?: readonly string[] | undefined;
}

export type PlanOutcome =
  | { readonly kind: 'plan'; readonly plan: Plan }
  /** A sentence without any value. */
  | { readonly kind: 'failed'; readonly reason: string };
