/** Makes elements whose text is always text: nothing that comes from a service is ever read as HTML. */

type Child = Node | string | undefined;

export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  for (const child of children) if (child !== undefined) made.append(child);
  return made;
}

/** A table of many columns, which scrolls by itself where the page is narrow; by the keyboard too. */
export function wideTable(...[caption, headings, rows]: Parameters<typeof table>): HTMLElement | undefined {
  const made = table(caption, headings, rows);
  return made && element('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': caption }, made);
}

/** A table with a caption and a row of column headings; the first cell of each row heads it. Undefined without rows. */
export function table(
  caption: string,
  headings: readonly string[],
  rows: readonly (readonly Child[])[],
): HTMLElement | undefined {
  if (rows.length === 0) return undefined;
  return element(
    'table',
    {},
    element('caption', {}, caption),
    element('thead', {}, element('tr', {}, ...headings.map((heading) => element('th', { scope: 'col' }, heading)))),
    element(
      'tbody',
      {},
      ...rows.map((row) =>
        element(
          'tr',
          {},
          ...row.map((cell, at) => (at === 0 ? element('th', { scope: 'row' }, cell) : element('td', {}, cell))),
        ),
      ),
    ),
  );
}
