/** One function's whole profile, a fact a line. */
import {
  exemplarQueries,
  exemplarTime,
  formatAge,
  formatConditionNote,
  formatCount,
  formatOutcome,
  formatRate,
  formatRepeats,
  formatSeconds,
  formatShare,
  notableConditions,
} from '@runlens/protocol';
import type { ProfileDetails } from '../summaries.ts';
import { neutralise } from './hostile.ts';
import type { TextStyle } from './style.ts';

/** Longer statements are for the page, not for a line. */
const statementCharacters = 160;

function repeated(repeats: ProfileDetails['queries'][number]['repeats']): string {
  const text = formatRepeats(repeats);
  if (text === undefined) return '';
  return `${text}${repeats?.within ? ` ${neutralise(repeats.within.function)}` : ''}, `;
}

export function profileLines(profile: ProfileDetails, windowWords: string, now: number, style: TextStyle): string[] {
  const { versions } = profile;
  const where = [
    neutralise(profile.service),
    neutralise(profile.environment),
    ...(versions.length === 1 && versions[0] ? [neutralise(versions[0].version)] : []),
    `${profile.instances} ${profile.instances === 1 ? 'instance' : 'instances'}`,
    windowWords,
  ];
  return [
    `${style.heading(neutralise(profile.function))}  ${style.quiet(`${neutralise(profile.file)}${profile.line > 0 ? `:${profile.line}` : ''}`)}`,
    style.quiet(where.join(' · ')),
    ...numbers(profile, now, style),
    ...(versions.length > 1 ? section('versions', versions.map(versionLine), style) : []),
    ...section('entries', profile.entries.map(entryLine), style),
    ...section(
      'slowest calls that were timed',
      profile.exemplars.map((call) => exemplarLine(call, now)),
      style,
    ),
    ...section('callers', profile.callers.map(callerLine), style),
    ...section('queries', profile.queries.map(queryLine), style),
    ...section('other services', profile.outgoing.map(outgoingLine), style),
    ...section(
      'exceptions',
      profile.exceptions.map((exception) => exceptionLine(exception, now, style)),
      style,
    ),
  ];
}

export function entryLine({ name, calls, duration }: ProfileDetails['entries'][number]): string {
  const times = duration ? `, p50 ${formatSeconds(duration.p50)}, p99 ${formatSeconds(duration.p99)}` : '';
  return `${neutralise(name)}: ${formatCount(calls)} calls${times}`;
}

export function callerLine({ function: name, file, calls }: ProfileDetails['callers'][number]): string {
  return `${neutralise(name)}${file === undefined ? '' : ` (${neutralise(file)})`}: ${formatCount(calls)} calls`;
}

export function queryLine(query: ProfileDetails['queries'][number]): string {
  const { callsPerCall, totalSeconds, system, statement, repeats } = query;
  return `${repeated(repeats)}${formatCount(callsPerCall)} per call, ${formatSeconds(totalSeconds)} in all: ${neutralise(system)}: ${neutralise(statement, statementCharacters)}`;
}

export function outgoingLine({ target, calls, errors, totalSeconds }: ProfileDetails['outgoing'][number]): string {
  return `${neutralise(target)}: ${formatCount(calls)} calls, ${formatCount(errors)} failed, ${formatSeconds(totalSeconds)} in all`;
}

function numbers(profile: ProfileDetails, now: number, style: TextStyle): string[] {
  const since = `measured since ${age(profile.measuredSince, now)}`;
  if (profile.calls === 0) {
    const last = profile.lastSeen === null ? 'never called while measured' : `last call ${age(profile.lastSeen, now)}`;
    return [`  not called in this window · ${last} · ${since}`];
  }
  const { duration, errorRate, timeShare } = profile;
  const errors = `${formatCount(profile.errors)}${errorRate === null ? '' : ` (${formatShare(errorRate)})`}`;
  return [
    `  calls   ${formatRate(profile.callsPerMinute)} · ${formatCount(profile.calls)} in the window`,
    `  errors  ${profile.errors > 0 ? style.bad(errors) : '0'}`,
    ...(duration
      ? [
          `  time    p50 ${formatSeconds(duration.p50)} · p90 ${formatSeconds(duration.p90)} · p95 ${formatSeconds(duration.p95)} · p99 ${formatSeconds(duration.p99)} · max ${formatSeconds(duration.max)} · mean ${formatSeconds(duration.mean)}`,
          `  total   ${formatSeconds(duration.total)}${timeShare === null ? '' : ` · ${formatShare(timeShare)} of the service's measured time`}`,
        ]
      : ['  time    no call was timed in this window']),
    ...conditionLines(profile),
    style.quiet(`  ${profile.lastSeen === null ? '' : `last call ${age(profile.lastSeen, now)} · `}${since}`),
  ];
}

/** One line, and only of what matters. */
export function conditionLines({ conditions }: ProfileDetails): string[] {
  const notes = notableConditions(conditions);
  return notes.length === 0 ? [] : [`  under   ${notes.map(formatConditionNote).join(' · ')}`];
}

export function exemplarLine(call: ProfileDetails['exemplars'][number], now: number): string {
  const { seconds, entry, conditions, traceId, spanId } = call;
  const queries = exemplarQueries(call);
  return [
    `${formatSeconds(seconds)} at ${exemplarTime(call, now)}`,
    entry === undefined ? '' : ` for ${neutralise(entry)}`,
    conditions.length === 0 ? '' : ` (${conditions.join(', ')})`,
    queries === undefined ? '' : `, ${neutralise(queries)}`,
    traceId === undefined ? '' : `, trace ${neutralise(traceId)}`,
    spanId === undefined ? '' : ` span ${neutralise(spanId)}`,
  ].join('');
}

export function versionLine(version: ProfileDetails['versions'][number]): string {
  const { duration } = version;
  return [
    `${neutralise(version.version)}${version.revision === undefined ? '' : ` (${neutralise(version.revision).slice(0, 10)})`}: ${formatCount(version.calls)} calls`,
    `${formatCount(version.errors)} errors`,
    ...(duration ? [`p50 ${formatSeconds(duration.p50)}`, `p99 ${formatSeconds(duration.p99)}`] : []),
  ].join(', ');
}

/** `RangeError: no such card: {n} × 7: 6 left it, 1 caught here; thrown in check (src/card.ts:7); last 5 s ago`. */
export function exceptionLine(exception: ProfileDetails['exceptions'][number], now: number, style: TextStyle): string {
  const { type, message, cause, thrown, count, caughtHere = 0, firstSeen, lastSeen, versions = [], newIn } = exception;
  const what = `${style.bad(neutralise(type))}${message === undefined ? '' : `: ${neutralise(message)}`}${cause === undefined ? '' : ` < ${neutralise(cause)}`}`;
  const outcome = formatOutcome(exception);
  const where = thrown && `${neutralise(thrown.file)}${thrown.line === undefined ? '' : `:${thrown.line}`}`;
  const counted = `${what} × ${formatCount(count + caughtHere)}`;
  const first = firstSeen === undefined ? '' : `first ${age(firstSeen, now)}, `;
  const byVersion = versions.map((each) => `${neutralise(each.version)} ${formatCount(each.count)}`).join(', ');
  return [
    `${counted}${outcome === '' ? '' : `: ${outcome}`}`,
    ...(thrown ? [`thrown in ${neutralise(thrown.function)} (${where})`] : []),
    `${first}last ${age(lastSeen, now)}`,
    ...(newIn === undefined ? [] : [style.bad(`new in ${neutralise(newIn)}`)]),
    ...(versions.length > 1 ? [`by version: ${byVersion}`] : []),
  ].join('; ');
}

function section(title: string, lines: readonly string[], style: TextStyle): string[] {
  return lines.length === 0 ? [] : [style.quiet(`  ${title}`), ...lines.map((line) => `    ${line}`)];
}

function age(instant: string, now: number): string {
  return formatAge(now - Date.parse(instant));
}
