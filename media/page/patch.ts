/** Puts new parts of a page in the place of old ones, so that nothing jumps: what is the same stays the same element. */

const focusableSelector = 'button, summary, a[href], input, select, [tabindex]';

/**
 * Makes `parts` the children of `parent`, each known by its `data-part`. A part that reads as before is left alone; in
 * one that changed, opened details stay open and the focus stays at the same place.
 */
export function patch(parent: HTMLElement, parts: readonly HTMLElement[]): void {
  const before = new Map(children(parent).map((child) => [child.dataset.part, child]));
  const kept = parts.map((part) => keep(before.get(part.dataset.part), part));
  const wanted = new Set(kept);
  for (const child of children(parent)) if (!wanted.has(child)) child.remove();
  kept.forEach((part, at) => {
    // Moving an element takes the focus from it: only what is not in its place is moved.
    if (parent.children[at] !== part) parent.insertBefore(part, parent.children[at] ?? null);
  });
}

function keep(old: HTMLElement | undefined, part: HTMLElement): HTMLElement {
  if (old === undefined || old === part) return part;
  const opened = [...old.querySelectorAll('details')];
  [...part.querySelectorAll('details')].forEach((one, at) => {
    one.open = opened[at]?.open ?? one.open;
  });
  if (old.isEqualNode(part)) return old;
  const focused = document.activeElement;
  const at = focused && old.contains(focused) ? focusable(old).indexOf(focused) : -1;
  old.replaceWith(part);
  if (at >= 0) {
    const next = focusable(part)[at];
    if (next instanceof HTMLElement) next.focus({ preventScroll: true });
  }
  return part;
}

const children = (parent: HTMLElement): HTMLElement[] =>
  [...parent.children].filter((child) => child instanceof HTMLElement);
const focusable = (part: HTMLElement): Element[] => [...part.querySelectorAll(focusableSelector)];
