/** What the view of events, its lenses, the status bar and notifications say. Pure. */

import {
  type EventEvent,
  type EventKind,
  type EventSeverity,
  eventKindNames,
  eventSeverities,
  type ProductionEvent,
} from '@runlens/protocol/api/events';
import { formatAge } from '@runlens/protocol/format';
import type { Location } from '@runlens/protocol/lsp';
import type { EventItem } from '@runlens/protocol/lsp-events';
import { oneLine, withoutIcons } from '../probes/shown-text.ts';
import type { TreeRow } from '../tree-row.ts';

/** From which severity on a notification tells that an event fires. */
export const notifiedSeverities = ['off', ...eventSeverities] as const;
export type NotifiedSeverity = (typeof notifiedSeverities)[number];

export interface EventNode extends TreeRow {
  readonly item: EventItem;
  /** Of a function: where it is. */
  readonly location: Location | null;
  readonly children: readonly EventNode[];
  /** For the menus: `event`, with `-url` and `-here`; `part`. */
  readonly context: string;
}

const icons: Readonly<Record<EventKind, string>> = {
  alert: 'bell-dot',
  incident: 'flame',
  deployment: 'rocket',
  release: 'tag',
  rollback: 'discard',
  newVersion: 'versions',
  errorRate: 'error',
  latency: 'watch',
  silent: 'debug-disconnect',
  finding: 'lightbulb',
  breaker: 'plug',
  sensor: 'eye-closed',
  flood: 'inbox',
};
const colors: Readonly<Record<EventSeverity, string | undefined>> = {
  critical: 'problemsErrorIcon.foreground',
  warning: 'problemsWarningIcon.foreground',
  info: undefined,
};

/** A node for each event, in the order given, with what it concerns below. `now`: milliseconds since 1970. */
export function eventNodes(items: readonly EventItem[], now: number): readonly EventNode[] {
  return items.map((item) => {
    const { event, locations } = item;
    const { id, concerns } = event;
    const part = (text: string, index: number, of: Partial<EventNode> = {}): EventNode => ({
      ...{ id: `${id}/${index}`, label: oneLine(text, 400), description: '', spoken: oneLine(text, 400), icon: 'dash' },
      ...{ color: undefined, item, location: null, children: [], context: 'part' },
      ...of,
    });
    const functions = concerns?.functions ?? [];
    const parts = [
      ...functions.map(({ file, function: name, line, why }, i) => {
        const location = locations[i] ?? null;
        const place = `${oneLine(file)}${line > 0 ? `:${line}` : ''}`;
        const description = `${oneLine(why)}${location ? '' : ' · not in this workspace'}`;
        const of = {
          location,
          description,
          icon: 'symbol-method',
          spoken: `${oneLine(name)}, ${place}, ${description}`,
        };
        return (index: number) => part(name, index, of);
      }),
      ...(event.detail === undefined ? [] : [event.detail]),
      ...(concerns?.entries.length ? [`Requests: ${concerns.entries.join(', ')}`] : []),
      ...(concerns?.how ?? []),
    ].map((each, index) => (typeof each === 'string' ? part(each, index) : each(index)));
    const description = stateText(event, now);
    const label = withoutIcons(oneLine(event.title, 200));
    const isHere = locations.some((location) => location !== null);
    return {
      ...{ id, label, description, item, children: parts },
      spoken: `${event.severity} ${eventKindNames[event.kind]}: ${oneLine(event.title, 300)}, ${description}`,
      icon:
        event.state === 'resolved' && event.kind !== 'deployment' && event.kind !== 'release'
          ? 'check'
          : icons[event.kind],
      color: event.state === 'firing' ? colors[event.severity] : undefined,
      location: locations.find((location) => location !== null) ?? null,
      context: `event${event.url === undefined ? '' : '-url'}${isHere ? '-here' : ''}`,
    };
  });
}

/** `shop production · began 12 min ago`, `shop v42 · 3 h ago`. */
function stateText(event: ProductionEvent, now: number): string {
  const { state, service, environment, version, startedAt, endedAt, flapping, quiet } = event;
  const where = [service ?? 'no service', environment, version].flatMap((each) =>
    each === null ? [] : oneLine(each, 60),
  );
  const time = state === 'firing' ? `began ${ageOf(startedAt, now)}` : ageOf(endedAt ?? startedAt, now);
  return [where.join(' '), time, ...(flapping ? ['flapping'] : []), ...(quiet ? ['quiet hours'] : [])].join(' · ');
}

const ageOf = (instant: string, now: number): string => formatAge(now - Date.parse(instant));

/** Those that somebody should look at: they fire, and matter. Findings have a view and marks of their own. */
export const firingEvents = (items: readonly EventItem[]): readonly ProductionEvent[] =>
  items.map(({ event }) => event).filter(isPressing);

const isPressing = ({ state, severity, kind }: ProductionEvent): boolean =>
  state === 'firing' && severity !== 'info' && kind !== 'finding';

export interface EventLens {
  readonly uri: string;
  readonly range: Location['range'];
  readonly text: string;
  readonly id: string;
}

/** Above the functions that what fires concerns, one for each: the worst event of it. */
export function eventLenses(items: readonly EventItem[], now: number): readonly EventLens[] {
  const lenses = new Map<string, EventLens>();
  for (const { event, locations } of items) {
    if (!isPressing(event)) continue;
    for (const location of locations) {
      if (location === null) continue;
      const key = `${location.uri} ${location.range.start.line}`;
      if (lenses.has(key)) continue;
      const kind = event.kind === 'alert' || event.kind === 'incident' ? '' : `${eventKindNames[event.kind]}: `;
      const detail = event.detail === undefined ? '' : `, ${oneLine(event.detail, 80)}`;
      const text = withoutIcons(`● ${kind}${oneLine(event.title, 100)}, began ${ageOf(event.startedAt, now)}${detail}`);
      lenses.set(key, { uri: location.uri, range: location.range, text, id: event.id });
    }
  }
  return [...lenses.values()];
}

/** What a notification says of what began to fire; undefined: nothing that anybody asked to be told. */
export function notification(
  changes: EventEvent['changes'],
  from: NotifiedSeverity,
): { readonly text: string; readonly id: string; readonly isCritical: boolean } | undefined {
  if (from === 'off') return undefined;
  const told = changes
    .filter(({ change, quiet, severity, kind }) => {
      const isOther = kind !== 'finding';
      const begins = isOther && (change === 'fired' || change === 'again' || change === 'flapping');
      return begins && !quiet && eventSeverities.indexOf(severity) <= eventSeverities.indexOf(from);
    })
    .toSorted((one, other) => eventSeverities.indexOf(one.severity) - eventSeverities.indexOf(other.severity));
  const [first, ...others] = told;
  if (first === undefined) return undefined;
  const more = others.length === 0 ? '' : ` And ${others.length} more ${others.length === 1 ? 'event' : 'events'}.`;
  const where = [first.service, first.environment].filter((each) => each !== null).join(' ');
  const text = `${where === '' ? '' : `${where}: `}${first.title}${first.change === 'flapping' ? ' (comes and goes)' : ''}.${more}`;
  return { text, id: first.id, isCritical: first.severity === 'critical' };
}
