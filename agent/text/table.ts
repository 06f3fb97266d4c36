import stringWidth from 'string-width';

export interface Cell {
  readonly text: string;
  /** Marks the text; given after the width is known, so that it does not count. */
  readonly mark?: (text: string) => string;
}

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

const gap = '  ';

/** Rows with aligned columns, the titles first; widths are those of a terminal (wide and combining characters). */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  markTitle: (text: string) => string,
): string[] {
  const widths = columns.map((column, index) =>
    rows.reduce((widest, row) => Math.max(widest, stringWidth(row[index]?.text ?? '')), stringWidth(column.title)),
  );
  const line = (cells: readonly Cell[]): string =>
    columns
      .map((column, index) => {
        const cell = cells[index] ?? { text: '' };
        const blanks = ' '.repeat((widths[index] ?? 0) - stringWidth(cell.text));
        const text = cell.mark ? cell.mark(cell.text) : cell.text;
        if (column.align === 'right') return blanks + text;
        return index === columns.length - 1 ? text : text + blanks;
      })
      .join(gap)
      .trimEnd();
  return [line(columns.map((column) => ({ text: column.title, mark: markTitle }))), ...rows.map(line)];
}
