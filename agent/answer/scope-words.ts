/** Of what an answer is: service, environment, version and window in words that may stand outside the fence. */
import { formatAge } from '@runlens/protocol';
import { windowWords } from '../text/window.ts';
import { plainOr } from './fence.ts';

export interface Scoped {
  readonly service: string;
  readonly environment: string;
  readonly versions: readonly string[];
}

interface Window {
  readonly since: string;
  readonly until: string;
}

/** `shop · production · v42 · last 15 min`. */
export function scopeWords(items: readonly Scoped[], window: Window | undefined, now: number): string {
  return [
    several(
      items.map(({ service }) => service),
      'services',
    ),
    several(
      items.map(({ environment }) => environment),
      'environments',
    ),
    several(
      items.flatMap(({ versions }) => versions),
      'versions',
    ),
    ...(window === undefined ? [] : [windowWords(window, now)]),
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

const mostNamed = 3;

function several(names: readonly string[], what: string): string {
  const distinct = [...new Set(names)];
  if (distinct.length > mostNamed) return `${distinct.length} ${what}`;
  return distinct.map((name) => plainOr(name, `(${what}: see the data)`)).join(', ');
}

/** `newest data 3 s old`; empty where nothing has ever come. */
export function ageWords(instants: readonly (string | null | undefined)[], now: number): string {
  const newest = Math.max(...instants.map((each) => (each ? Date.parse(each) : Number.NEGATIVE_INFINITY)));
  return Number.isFinite(newest) ? `last seen ${formatAge(now - newest)}` : '';
}
