/** The parts of the details page, each a function of the data to an element, or undefined where there is nothing to show. */
import type { Duration, DurationSummary, Profile } from '@runlens/protocol/api/profile';
import { exemplarQueries, exemplarTime } from '@runlens/protocol/condition-notes';
import type { DetailsView } from '@runlens/protocol/details';
import {
  formatCount,
  formatOutcome,
  formatRate,
  formatRepeats,
  formatSeconds,
  formatShare,
  versionName,
} from '@runlens/protocol/format';
import type { FunctionState, NamedFunction } from '@runlens/protocol/lsp';
import type { FunctionHistory } from '@runlens/protocol/lsp-pages';
import { element, table, wideTable } from '../page/element.ts';
import { age, type Part, section } from '../page/section.ts';
import { bars } from './bars.ts';

const barsShown = 48;
const rowsShown = 30;

/** The profile that a state carries; null: none. */
export function profileOf(state: FunctionState): Profile | null {
  switch (state.kind) {
    case 'measured':
    case 'notCalled':
    case 'changed':
      return state.profile;
    case 'away':
      return state.last;
    default:
      return null;
  }
}

/** What has to be known before the numbers are read; undefined: they are of the text in the editor, and now. */
export function notice(state: FunctionState, now: number): Part {
  const said = noticeText(state, now);
  return said === undefined ? undefined : element('p', { class: 'notice', role: 'status' }, said);
}

function noticeText(state: FunctionState, now: number): string | undefined {
  switch (state.kind) {
    case 'measured':
      return state.mapping === 'byName' ? 'The deployed text could not be had: matched by name and order.' : undefined;
    case 'notCalled':
      return `Measured since ${age(state.since, now)}, and not called in this window. ${state.lastSeen ? `Last call ${age(state.lastSeen, now)}.` : 'Never called meanwhile.'}`;
    case 'changed':
      return `The body was changed since ${versionName(state.version) || 'it'} was deployed: the numbers are of the deployed one.`;
    case 'away':
      return `The collector is away${state.lastSeen ? `, last seen ${age(state.lastSeen, now)}` : ''}. ${state.last ? 'The numbers are what was known then.' : ''}`;
    case 'notMeasured':
      return state.reason === 'neverLoaded' ? `Never loaded: ${state.message}.` : `Not measured. ${state.message}`;
    case 'loading':
      return 'Numbers are being fetched.';
  }
}

export function numbers(profile: Profile, now: number): Part {
  const { duration } = profile;
  const facts: [string, string][] = [
    ['Calls', `${formatCount(profile.calls)} (${formatRate(profile.callsPerMinute)})`],
    [
      'Errors',
      `${formatCount(profile.errors)}${profile.errorRate === null ? '' : ` (${formatShare(profile.errorRate)})`}`,
    ],
    ...(duration ? durations(duration) : ([['Duration', 'not timed in this window']] satisfies [string, string][])),
    ...(profile.timeShare === null
      ? []
      : ([['Share of the service’s measured time', formatShare(profile.timeShare)]] satisfies [string, string][])),
    ['Instances', String(profile.instances)],
    ['Measured since', age(profile.measuredSince, now)],
    ['Last call', profile.lastSeen ? age(profile.lastSeen, now) : 'never while measured'],
  ];
  return element(
    'dl',
    { class: 'numbers' },
    ...facts.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))),
  );
}

function durations(duration: Duration): [string, string][] {
  return [
    ['p50', formatSeconds(duration.p50)],
    ['p90', formatSeconds(duration.p90)],
    ['p95', formatSeconds(duration.p95)],
    ['p99', formatSeconds(duration.p99)],
    ['Longest', formatSeconds(duration.max)],
    ['Mean', formatSeconds(duration.mean)],
    ['Total', formatSeconds(duration.total)],
  ];
}

/** Bars to look at, and the same as a table to be read. */
export function histogram(profile: Profile): Part {
  const { duration } = profile;
  if (!duration) return undefined;
  const drawn = bars(duration.histogram, barsShown);
  const first = drawn[0];
  const last = drawn.at(-1);
  if (!first || !last) return undefined;
  const label = `Latency histogram on a logarithmic axis, from ${formatSeconds(first.from)} to ${formatSeconds(last.to)}: half of the calls within ${formatSeconds(duration.p50)}, 99 of 100 within ${formatSeconds(duration.p99)}.`;
  const chart = element('div', { class: 'bars', role: 'img', 'aria-label': label });
  for (const bar of drawn) {
    const column = element('span', {
      title: `${formatSeconds(bar.from)} to ${formatSeconds(bar.to)}: ${formatCount(bar.count)}`,
    });
    // Set by script, as the page's policy allows no style attribute; a call among thousands is still to be seen.
    column.style.height = bar.count === 0 ? '0' : `max(2px, ${(bar.height * 100).toFixed(1)}%)`;
    chart.append(column);
  }
  const rows = drawn
    .filter((bar) => bar.count > 0)
    .map((bar) => [`${formatSeconds(bar.from)} to ${formatSeconds(bar.to)}`, formatCount(bar.count)]);
  return element(
    'section',
    {},
    element('h2', {}, 'Latency'),
    chart,
    element(
      'div',
      { class: 'axis', 'aria-hidden': 'true' },
      element('span', {}, formatSeconds(first.from)),
      element('span', {}, formatSeconds(last.to)),
    ),
    element(
      'details',
      {},
      element('summary', {}, 'As a table'),
      table('Calls by duration', ['Duration', 'Calls'], rows),
    ),
  );
}

/** Each with a button that shows that environment everywhere. */
export function environments(
  view: DetailsView,
  current: string | undefined,
  select: (environment: string) => void,
): Part {
  if (view.environments.length < 2) return undefined;
  const rows = view.environments.slice(0, rowsShown).map((one) => {
    const button = element('button', { type: 'button' }, one.environment);
    if (one.environment === current) button.setAttribute('aria-current', 'true');
    button.addEventListener('click', () => select(one.environment));
    return [
      button,
      formatCount(one.calls),
      one.errorRate === null ? '–' : formatShare(one.errorRate),
      one.duration ? formatSeconds(one.duration.p50) : '–',
      one.duration ? formatSeconds(one.duration.p99) : '–',
    ];
  });
  return section(
    'Environments',
    table('The same function elsewhere', ['Environment', 'Calls', 'Errors', 'p50', 'p99'], rows),
  );
}

export function entries(profile: Profile): Part {
  const rows = profile.entries
    .slice(0, rowsShown)
    .map((one) => [
      one.name,
      formatCount(one.calls),
      one.duration ? formatSeconds(one.duration.p50) : '–',
      one.duration ? formatSeconds(one.duration.p99) : '–',
    ]);
  return section('Entries', table('Routes and jobs that lead here', ['Entry', 'Calls', 'p50', 'p99'], rows));
}

export function conditions(profile: Profile): Part {
  const told = profile.conditions;
  if (!told) return undefined;
  const all: [string, DurationSummary | null][] = [
    ['Cold: of the first calls of a process', told.cold],
    ['Warm: all others', told.warm],
    ['Failed', told.failed],
    ['Fine', told.fine],
    ...told.concurrency.map(({ requests, duration }): [string, DurationSummary] => [
      requests === '1' ? '1 request at a time' : `${requests} requests at once`,
      duration,
    ]),
  ];
  const rows = all.flatMap(([name, duration]) =>
    duration
      ? [[name, formatCount(duration.samples), ...[duration.p50, duration.p90, duration.p99].map(formatSeconds)]]
      : [],
  );
  return section(
    'Conditions',
    table(
      'How long calls take under which condition, by whole hours',
      ['Condition', 'Calls', 'p50', 'p90', 'p99'],
      rows,
    ),
  );
}

export function slowest(profile: Profile, now: number): Part {
  const rows = profile.exemplars
    .slice(0, rowsShown)
    .map((one) => [
      formatSeconds(one.seconds),
      exemplarTime(one, now),
      one.entry ?? '–',
      one.conditions.join(', '),
      exemplarQueries(one) ?? '–',
      one.traceId ? element('code', {}, one.traceId) : '–',
    ]);
  return section(
    'Slowest calls',
    wideTable(
      'The slowest calls that were timed',
      ['Duration', 'At', 'Entry', 'Conditions', 'Queries meanwhile', 'Trace'],
      rows,
    ),
  );
}

type OpenFunction = (named: NamedFunction) => void;

export function callers(profile: Profile, open: OpenFunction): Part {
  const rows = profile.callers.slice(0, rowsShown).map(({ function: name, file = profile.file, calls }) => {
    // Where the call came from is told without a line.
    return [functionButton({ function: name, file, line: 0 }, open), file, formatCount(calls)];
  });
  return section('Callers', table('Functions that call it', ['Function', 'File', 'Calls'], rows));
}

export function callees(history: FunctionHistory | null, open: OpenFunction): Part {
  if (history?.kind !== 'history') return undefined;
  const rows = history.callees
    .slice(0, rowsShown)
    .map((one) => [functionButton(one, open), one.file, formatCount(one.calls)]);
  const { surveyed, measured } = history;
  return section(
    'Callees',
    table('Functions that it calls', ['Function', 'File', 'Calls'], rows),
    surveyed < measured
      ? `Looked for among the ${surveyed} functions that are called most, of ${measured}.`
      : undefined,
  );
}

function functionButton(named: NamedFunction, open: OpenFunction): HTMLElement {
  const button = element('button', { type: 'button' }, named.function);
  const { file, function: name, line } = named;
  button.addEventListener('click', () => open({ file, function: name, line }));
  return button;
}

export function queries(profile: Profile): Part {
  const rows = profile.queries
    .slice(0, rowsShown)
    .map((one) => [
      element('code', {}, one.statement),
      one.system,
      perCall(one),
      formatCount(one.calls),
      formatSeconds(one.totalSeconds),
    ]);
  return section(
    'Queries',
    table('What it asks of databases', ['Statement', 'System', 'Per call', 'In all', 'Time'], rows),
  );
}

function perCall({ callsPerCall, repeats }: Profile['queries'][number]): string {
  const repeated = formatRepeats(repeats);
  if (repeated === undefined) return formatCount(callsPerCall);
  return `${formatCount(callsPerCall)}, ${repeated} ${repeats?.within?.function ?? ''}`.trimEnd();
}

export function outgoing(profile: Profile): Part {
  const rows = profile.outgoing
    .slice(0, rowsShown)
    .map((one) => [
      one.target,
      formatCount(one.calls),
      one.calls === 0 ? '–' : formatShare(one.errors / one.calls),
      formatSeconds(one.totalSeconds),
    ]);
  return section(
    'Other services',
    table('What it asks of other services', ['Service', 'Calls', 'Errors', 'Time'], rows),
  );
}

export function exceptions(profile: Profile, now: number): Part {
  const rows = profile.exceptions
    .slice(0, rowsShown)
    .map((one) => [
      one.newIn === undefined ? one.type : `${one.type} (new in ${versionName(one.newIn) || one.newIn})`,
      [one.message ?? '', ...(one.cause === undefined ? [] : [`← ${one.cause}`])].join(' '),
      one.thrown ? placeOf(one.thrown) : '',
      formatCount(one.count + (one.caughtHere ?? 0)),
      formatOutcome(one),
      (one.versions ?? [])
        .map(({ version, count }) => `${versionName(version) || version}: ${formatCount(count)}`)
        .join(', '),
      one.firstSeen === undefined ? '' : age(one.firstSeen, now),
      age(one.lastSeen, now),
    ]);
  const head = ['Type', 'Message', 'Thrown in', 'Count', 'What became of them', 'By version', 'First', 'Last'];
  return section('Exceptions', wideTable('Errors that left it or were caught in it', head, rows));
}

function placeOf({ file, function: name, line }: NonNullable<Profile['exceptions'][number]['thrown']>): string {
  return `${name} ${file}${line === undefined ? '' : `:${line}`}`;
}
