/** What a row of a view says. */
export interface TreeRow {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  /** To a screen reader, and in the tooltip. */
  readonly spoken: string;
  /** A codicon. */
  readonly icon: string;
  /** Of the theme. */
  readonly color: string | undefined;
}
