/** How a probe and its state are told: on its line, in the tree, to a screen reader. Pure. */
import type { Probe, ProbeNumbers, ProbeStatus } from '@runlens/protocol';
import { formatCount, formatSeconds } from '@runlens/protocol/format';
import { quantile } from '@runlens/protocol/histogram';
import { notTold } from '@runlens/protocol/probes/not-told';
import { oneLine } from './shown-text.ts';

/** The mark in the gutter, by what a person has to know of the state. */
export type ProbeMark = 'proposed' | 'waiting' | 'armed' | 'hit' | 'limited' | 'refused' | 'ended';

const endedStates = ['expired', 'done', 'removed'];

export const hasEnded = ({ state }: ProbeStatus): boolean => endedStates.includes(state);

export function markOf(status: ProbeStatus): ProbeMark {
  switch (status.state) {
    case 'proposed':
    case 'waiting':
    case 'refused':
      return status.state;
    case 'limited':
    case 'paused':
      return 'limited';
    case 'armed':
      return hitsOf(status) > 0 ? 'hit' : 'armed';
    default:
      return 'ended';
  }
}

export const hitsOf = ({ hits, captures, numbers }: ProbeStatus): number =>
  Math.max(hits, captures, ...numbers.map(({ count }) => count));

/** Such as `armed on 3 of 5 · line 42 → 44 · 7 hits` or `refused: line-without-code`. */
export function stateText(status: ProbeStatus): string {
  const { state, cause, instances, probe } = status;
  const armed = instances.filter((each) => each.state === 'armed').length;
  const parts = [
    state === 'armed' || (state === 'limited' && armed > 0)
      ? `${state} on ${armed} of ${instances.length}`
      : state === 'proposed'
        ? 'an agent asks for it'
        : state,
  ];
  if (cause !== undefined && state !== 'armed' && cause !== state && state !== 'proposed') parts[0] += `: ${cause}`;
  const others = [
    ...new Set(instances.flatMap((each) => (each.state === 'refused' && each.cause ? [each.cause] : []))),
  ];
  if (state !== 'refused' && !hasEnded(status) && others.length > 0)
    parts.push(`refused elsewhere: ${others.join(', ')}`);
  const moved = movedTo(status);
  if (moved !== undefined) parts.push(`line ${probe.request.place.line} → ${moved}`);
  const hits = hitsOf(status);
  if (hits > 0)
    parts.push(
      `${formatCount(hits)} ${hits === 1 ? 'hit' : 'hits'}${probe.hits === null ? '' : ` of ${formatCount(probe.hits)}`}`,
    );
  const { skipped, dropped } = notTold(status);
  if (skipped > 0) parts.push(`${formatCount(skipped)} more left out by its limits`);
  if (dropped > 0) parts.push(`${formatCount(dropped)} ${dropped === 1 ? 'capture' : 'captures'} lost`);
  const failures = instances.reduce((sum, each) => sum + each.failures, 0);
  if (failures > 0) parts.push(`${formatCount(failures)} times its expression failed`);
  return parts.join(' · ');
}

/** The line to which the sensor has moved it, as there is no code at the one that was asked for. */
function movedTo({ probe, instances }: ProbeStatus): number | undefined {
  if (probe.request.place.at !== 'line') return undefined;
  return instances.find(
    ({ state, line }) => state === 'armed' && line !== undefined && line !== probe.request.place.line,
  )?.line;
}

/** What it does, such as `snapshot if total > 100` or `log "order {order.id}"`. */
export function actionText({ request }: Probe): string {
  const { kind, message, by, condition, place } = request;
  const what = [
    kind,
    message === undefined ? '' : JSON.stringify(oneLine(message, 80)),
    place.at === 'line' ? '' : `at ${place.at}`,
    place.untilLine === undefined ? '' : `to line ${place.untilLine}`,
    by === undefined ? '' : `by ${oneLine(by, 60)}`,
    condition === undefined ? '' : `if ${oneLine(condition, 80)}`,
  ];
  return what.filter((part) => part !== '').join(' ');
}

export const placeText = ({ request: { place } }: Probe): string => `${oneLine(place.file)}:${place.line}`;

/** Counters and timers, above their line; undefined: nothing was counted yet. */
export function numbersText({ numbers, probe }: ProbeStatus): string | undefined {
  const most = [...numbers].sort((a, b) => b.count - a.count).slice(0, 4);
  if (most.length === 0) return undefined;
  const texts = most.map(
    (each) =>
      `${each.by === null ? '' : `${oneLine(each.by, 30)}: `}${oneNumber(each, probe.request.kind === 'timer')}`,
  );
  return `${texts.join(' · ')}${numbers.length > most.length ? ` · ${numbers.length - most.length} more` : ''}`;
}

function oneNumber({ count, duration }: ProbeNumbers, timer: boolean): string {
  if (!timer || !duration) return `${formatCount(count)}${timer ? ' times' : ' hits'}`;
  const at = (q: number): string => formatSeconds(quantile(duration, q, { max: duration.max }) ?? 0);
  return `${formatCount(count)} times · p50 ${at(0.5)} · p99 ${at(0.99)} · max ${formatSeconds(duration.max)}`;
}

/** `52 min left`; empty when it has ended. */
export function timeLeft({ expiresAt }: Probe, now: number): string {
  const seconds = (Date.parse(expiresAt) - now) / 1000;
  return seconds <= 0 ? '' : `${formatSeconds(Math.ceil(seconds))} left`;
}

/** All that is known of a probe, a line each. */
export function probeLines(status: ProbeStatus, now: number): readonly string[] {
  const { probe, detail, instances } = status;
  const { request, owner } = probe;
  const { target } = request;
  return [
    `${actionText(probe)} at ${placeText(probe)}${request.place.function === undefined ? '' : ` (${oneLine(request.place.function)})`}`,
    stateText(status),
    ...(detail === undefined ? [] : [oneLine(detail, 500)]),
    `${[target.service, target.environment ?? 'all environments', target.version ?? '']
      .filter((part) => part !== '')
      .map((part) => oneLine(part))
      .join(' · ')}`,
    `by ${oneLine(owner.name)}${owner.kind === 'agent' ? ' (an agent)' : ''}${request.reason === undefined ? '' : `: ${oneLine(request.reason, 500)}`}`,
    ...[timeLeft(probe, now)].filter((line) => line !== ''),
    ...instances.map(
      (each) =>
        `${oneLine(each.instance, 60)}: ${each.state}${each.cause === undefined ? '' : ` (${each.cause})`}${each.detail === undefined ? '' : ` ${oneLine(each.detail, 300)}`}${each.failure === undefined ? '' : ` ${oneLine(each.failure, 300)}`}`,
    ),
  ];
}
