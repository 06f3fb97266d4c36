/** A heading with what is under it. */
import { formatAge } from '@runlens/protocol/format';
import { element } from './element.ts';

/** Undefined where there is nothing to show. */
export type Part = HTMLElement | undefined;

/** `note`: what has to be known to read it, in a sentence. */
export function section(title: string, body: Part, note?: string): Part {
  if (!body) return undefined;
  return element(
    'section',
    {},
    element('h2', {}, title),
    note === undefined ? undefined : element('p', { class: 'note' }, note),
    body,
  );
}

/** Instants as in profiles. */
export function age(instant: string, now: number): string {
  return formatAge(now - Date.parse(instant));
}
