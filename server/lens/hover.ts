/** The hover on a function's name: its whole profile, as Markdown in which everything from outside is escaped. */
import type { Profile } from '@runlens/protocol/api/profile';
import {
  exemplarQueries,
  exemplarTime,
  formatConditionNote,
  notableConditions,
} from '@runlens/protocol/condition-notes';
import {
  formatAge,
  formatCount,
  formatOutcome,
  formatRate,
  formatRepeats,
  formatSeconds,
  formatShare,
  versionName,
} from '@runlens/protocol/format';
import {
  askCommand,
  type DocumentFunction,
  type FunctionState,
  lensCommand,
  type Mapping,
  type Position,
  whyCommand,
} from '@runlens/protocol/lsp';
import { type FunctionHistory, mostCommits } from '../mapping/function-history.ts';
import { histogramText } from './histogram-text.ts';
import { codeSpan, escapeMarkdown, table } from './markdown.ts';

const mostRows = 5;

export interface HoverInput {
  readonly found: DocumentFunction;
  readonly uri: string;
  readonly window: string;
  /** Of a function that changed; absent: not known. */
  readonly history?: FunctionHistory | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The Markdown of a hover; undefined when there is nothing to say. */
export function hoverMarkdown(input: HoverInput): string | undefined {
  const { found, now, history } = input;
  const profile = profileOf(found.state);
  const sections = [
    heading(found),
    stateLine(found.state, input),
    found.state.kind === 'changed' && history ? changes(history, now) : '',
    profile ? body(profile, now) : '',
    elsewhere(found),
  ];
  const text = sections.filter((section) => section !== '').join('\n\n');
  return found.state.kind === 'loading' || text === '' ? undefined : `${text}\n\n${links(input)}`;
}

function profileOf(state: FunctionState): Profile | null {
  if (state.kind === 'measured' || state.kind === 'changed' || state.kind === 'notCalled') return state.profile;
  return state.kind === 'away' ? state.last : null;
}

const heading = ({ name }: DocumentFunction): string => `**Runlens** — ${codeSpan(name)}`;

const mappingText: Record<Mapping, string> = {
  exact: 'this text runs',
  moved: 'this function runs as it is here',
  byName: 'matched by its name; the deployed text is not at hand, so it may differ',
};

function stateLine(state: FunctionState, { window, now }: HoverInput): string {
  switch (state.kind) {
    case 'measured':
      return `${where(state.profile)} · last ${window} · _${mappingText[state.mapping]}_`;
    case 'notCalled':
      return `${where(state.profile)} · **not called in the last ${window}** · ${
        state.lastSeen === null
          ? `never called, measured since ${age(state.since, now)}`
          : `last call ${age(state.lastSeen, now)}`
      }`;
    case 'changed':
      return `${where(state.profile)} · last ${window} · **changed since ${escapeMarkdown(versionName(state.version)) || 'the deploy'}**: these numbers are of the text before`;
    case 'away':
      return `**The collector is away**${state.lastSeen === null ? '' : ` (last seen ${age(state.lastSeen, now)})`}${
        state.last ? ': these numbers were shown last' : ''
      }`;
    case 'notMeasured':
      return state.reason === 'neverLoaded'
        ? `**Never loaded**: ${escapeMarkdown(state.message, 600)}`
        : `**Not measured here.** ${escapeMarkdown(state.message, 600)}`;
    case 'loading':
      return '';
  }
}

/** A list of the commits, the newest first. */
function changes({ commits, uncommitted }: FunctionHistory, now: number): string {
  const lines = commits
    .slice(0, mostCommits)
    .map(
      ({ id, at, author, subject }) =>
        `- ${codeSpan(id)} ${age(at, now)}, ${escapeMarkdown(author, 60)}: ${escapeMarkdown(subject, 120)}`,
    );
  return [
    ...(uncommitted ? ['- changed in the editor or working tree, not committed'] : []),
    ...lines,
    ...(commits.length > mostCommits ? ['- and earlier commits'] : []),
  ].join('\n');
}

/** `shop in production v42`; of several versions a table tells. */
function where({ service, environment, versions }: Profile): string {
  const [only, ...others] = versions;
  const version = only && others.length === 0 ? ` ${escapeMarkdown(versionName(only.version))}` : '';
  return `${escapeMarkdown(service)} in ${escapeMarkdown(environment)}${version.trimEnd()}`;
}
const age = (instant: string, now: number): string => formatAge(now - Date.parse(instant));

function body(profile: Profile, now: number): string {
  return [
    summary(profile, now),
    durations(profile),
    underConditions(profile),
    slowest(profile, now),
    entries(profile),
    callers(profile),
    versions(profile, now),
    exceptions(profile, now),
    queries(profile),
    outgoing(profile),
  ]
    .filter((section) => section !== '')
    .join('\n\n');
}

function summary(profile: Profile, now: number): string {
  const items = [
    `**${formatCount(profile.calls)}** calls (${formatRate(profile.callsPerMinute)})`,
    profile.errorRate === null
      ? ''
      : profile.errors === 0
        ? 'no errors'
        : `**${formatCount(profile.errors)}** errors (${formatShare(profile.errorRate)})`,
    profile.timeShare === null || profile.calls === 0 ? '' : `${formatShare(profile.timeShare)} of the service's time`,
    `${profile.instances} ${profile.instances === 1 ? 'instance' : 'instances'}`,
    profile.lastSeen === null ? '' : `last call ${age(profile.lastSeen, now)}`,
    `measured since ${age(profile.measuredSince, now)}`,
  ];
  return items.filter((item) => item !== '').join(' · ');
}

function durations({ duration }: Profile): string {
  if (!duration) return '';
  const { p50, p90, p95, p99, max, mean, total } = duration;
  const percentiles = table(
    ['p50', 'p90', 'p95', 'p99', 'max', 'mean', 'total'],
    [[p50, p90, p95, p99, max, mean, total].map(formatSeconds)],
  );
  const drawing = histogramText(duration);
  return [percentiles, drawing === '' ? '' : codeSpan(drawing)].filter((part) => part !== '').join('\n\n');
}

/** Only what matters: the page has all of them. */
const underConditions = ({ conditions }: Profile): string =>
  notableConditions(conditions)
    .map((note) => `**${formatConditionNote(note)}**`)
    .join(' · ');

function slowest({ exemplars }: Profile, now: number): string {
  const [first] = exemplars;
  if (!first) return '';
  const { seconds, entry, conditions, traceId } = first;
  const queries = exemplarQueries(first);
  return [
    `slowest: ${formatSeconds(seconds)} at ${exemplarTime(first, now)}`,
    entry === undefined ? '' : ` for ${codeSpan(entry)}`,
    conditions.length === 0 ? '' : ` (${conditions.join(', ')})`,
    queries === undefined ? '' : ` · ${escapeMarkdown(queries)}`,
    traceId === undefined ? '' : ` · trace ${codeSpan(traceId)}`,
  ].join('');
}

const entries = (profile: Profile): string =>
  table(
    ['Called by way of', 'calls', 'p50', 'p99'],
    top(profile.entries, ({ calls }) => calls).map(({ name, calls, duration }) => [
      codeSpan(name),
      formatCount(calls),
      duration ? formatSeconds(duration.p50) : '',
      duration ? formatSeconds(duration.p99) : '',
    ]),
  );

const callers = (profile: Profile): string =>
  table(
    ['Caller', 'calls'],
    top(profile.callers, ({ calls }) => calls).map(({ function: name, file, calls }) => [
      `${codeSpan(name)}${file === undefined ? '' : ` ${escapeMarkdown(file)}`}`,
      formatCount(calls),
    ]),
  );

/** Where there is one only, all that is said above is of it. */
const versions = (profile: Profile, now: number): string =>
  profile.versions.length < 2
    ? ''
    : table(
        ['Version', 'calls', 'errors', 'p50', 'p99', 'last call'],
        profile.versions
          .slice(0, mostRows)
          .map(({ version, calls, errors, duration, lastSeen }) => [
            codeSpan(versionName(version) || version),
            formatCount(calls),
            formatCount(errors),
            duration ? formatSeconds(duration.p50) : '',
            duration ? formatSeconds(duration.p99) : '',
            lastSeen === null ? 'never' : age(lastSeen, now),
          ]),
      );

const exceptions = (profile: Profile, now: number): string =>
  table(
    ['Exception', 'count', 'first', 'last'],
    top(profile.exceptions, ({ count, caughtHere = 0 }) => count + caughtHere).map((exception) => [
      exceptionText(exception),
      formatCount(exception.count + (exception.caughtHere ?? 0)),
      exception.firstSeen === undefined ? '' : age(exception.firstSeen, now),
      age(exception.lastSeen, now),
    ]),
  );

/** `RangeError no such card: {n} · thrown in check src/card.ts:7 · 6 left it, 1 caught here · new in v42`. */
function exceptionText(exception: Profile['exceptions'][number]): string {
  const { type, message, cause, thrown, newIn } = exception;
  const what = [
    codeSpan(type),
    ...(message === undefined ? [] : [escapeMarkdown(message, 120)]),
    ...(cause === undefined ? [] : [`← ${escapeMarkdown(cause, 120)}`]),
  ].join(' ');
  const line = thrown?.line === undefined ? '' : `:${thrown.line}`;
  return [
    what,
    thrown ? `thrown in ${codeSpan(thrown.function)} ${escapeMarkdown(thrown.file + line)}` : '',
    formatOutcome(exception),
    newIn === undefined ? '' : `**new in ${escapeMarkdown(versionName(newIn) || newIn)}**`,
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

function repeated(repeats: Profile['queries'][number]['repeats']): string {
  const text = formatRepeats(repeats);
  if (text === undefined) return '';
  return ` · **${text}**${repeats?.within ? ` ${codeSpan(repeats.within.function)}` : ''}`;
}

const queries = (profile: Profile): string =>
  table(
    ['Query', 'per call', 'total'],
    top(profile.queries, ({ totalSeconds }) => totalSeconds).map(
      ({ statement, system, callsPerCall, totalSeconds, repeats }) => [
        `${codeSpan(statement, 120)} ${escapeMarkdown(system)}${repeated(repeats)}`,
        formatCount(callsPerCall),
        formatSeconds(totalSeconds),
      ],
    ),
  );

const outgoing = (profile: Profile): string =>
  table(
    ['Calls to', 'calls', 'errors', 'total'],
    top(profile.outgoing, ({ totalSeconds }) => totalSeconds).map(({ target, calls, errors, totalSeconds }) => [
      codeSpan(target),
      formatCount(calls),
      formatCount(errors),
      formatSeconds(totalSeconds),
    ]),
  );

function elsewhere({ failingElsewhere }: DocumentFunction): string {
  return failingElsewhere
    .slice(0, mostRows)
    .map(
      ({ environment, errorRate, calls }) =>
        `⚠ **${formatShare(errorRate)} errors in ${escapeMarkdown(environment)}** (of ${formatCount(calls)} calls)`,
    )
    .join('  \n');
}

/** The only commands of a hover: ours, with a place in the document. The client trusts these and no other. */
function links({ found, uri }: HoverInput): string {
  const position: Position = found.selectionRange.start;
  const link = (title: string, command: string) =>
    `[${title}](command:${command}?${encodeURIComponent(JSON.stringify([uri, position]))})`;
  return [
    ...(found.state.kind === 'measured' ? [] : [link('Why?', whyCommand)]),
    ...(profileOf(found.state) ? [link('Show all', lensCommand), link('Ask Copilot', askCommand)] : []),
  ].join(' · ');
}

const top = <T>(rows: readonly T[], by: (row: T) => number): readonly T[] =>
  rows.toSorted((a, b) => by(b) - by(a)).slice(0, mostRows);
