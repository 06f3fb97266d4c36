/** A memory for a model, a line a thing. All of it is text that somebody wrote into a file. Pure. */
import { formatAge, formatRate, formatSeconds, formatShare } from '@runlens/protocol';
import type { DataLine } from '../answer/model-answer.ts';
import { neutralise } from '../text/hostile.ts';
import type { EvidenceStanding } from './evidence.ts';
import type { Evidence, FunctionStanding, Memory } from './memory.ts';

export interface CheckedMemory {
  readonly memory: Memory;
  /** One for each of its functions; empty: not looked at. */
  readonly functions: readonly FunctionStanding[];
  /** Of the evidence that was compared. */
  readonly evidence: readonly { readonly of: Evidence; readonly standing: EvidenceStanding }[];
}

/** `moved`: its functions are elsewhere, and the same; `unknown`: some of it could not be checked. */
export type Freshness = 'current' | 'moved' | 'stale' | 'unknown';

export function freshnessOf({ functions, evidence }: Pick<CheckedMemory, 'functions' | 'evidence'>): Freshness {
  const kinds = new Set([...functions.map(({ kind }) => kind), ...evidence.map(({ standing }) => standing.kind)]);
  if (kinds.has('changed') || kinds.has('gone') || kinds.has('differs')) return 'stale';
  if (kinds.has('moved')) return 'moved';
  return kinds.has('unknown') ? 'unknown' : 'current';
}

function functionChange(was: string, standing: FunctionStanding): string[] {
  switch (standing.kind) {
    case 'same':
      return [];
    case 'moved':
      return [`${was} is now ${neutralise(standing.function)} in ${neutralise(standing.file)}:${standing.line}`];
    case 'unknown':
      return [`${was} was not checked: ${neutralise(standing.what, 400)}`];
    case 'changed':
    case 'gone':
      return [`${was}: ${neutralise(standing.what, 400)}`];
  }
}

/** What has changed since it was written, a sentence each; empty: nothing that is known. */
export function changesSince({ memory, functions, evidence }: CheckedMemory): readonly string[] {
  return [
    ...functions.flatMap((standing, index) =>
      functionChange(neutralise(memory.functions[index]?.function ?? ''), standing),
    ),
    ...evidence.flatMap(({ of, standing }) => {
      const where = `${neutralise(of.function)} in ${neutralise(of.service)} ${neutralise(of.environment)}`;
      if (standing.kind === 'differs') return [`${where}: ${neutralise(standing.what, 400)}`];
      return standing.kind === 'unknown'
        ? [`numbers of ${where} were not checked: ${neutralise(standing.what, 200)}`]
        : [];
    }),
  ];
}

const lineCharacters = 500;

/** The nearer it is, the higher `worth`; what it says goes before what it rests on when not all fits. */
export function memoryLines(checked: CheckedMemory, now: number, worth = 1): readonly DataLine[] {
  const { memory } = checked;
  const line = (value: number, text: string): DataLine => ({ value: value * worth, text });
  const freshness =
    checked.functions.length + checked.evidence.length > 0 ? ` ${freshnessOf(checked).toUpperCase()}` : '';
  const age = formatAge(now - Date.parse(memory.at));
  const author = memory.author === undefined ? '' : ` for ${neutralise(memory.author)}`;
  return [
    line(
      1_000,
      `${memory.id}${freshness} ${memory.kind}: ${neutralise(memory.title)} (${neutralise(memory.agent)}${author}, ${age}, session ${neutralise(memory.session, 60)})`,
    ),
    ...changesSince(checked).map((text) => line(900, `  since then: ${text}`)),
    ...memory.text
      .split('\n')
      .filter((text) => text.trim() !== '')
      .map((text, index) => line(500 - index, `  ${neutralise(text, lineCharacters)}`)),
    ...memory.open.map((text) => line(600, `  left open: ${neutralise(text)}`)),
    ...memory.functions.map((each) =>
      line(300, `  about ${neutralise(each.function)} ${neutralise(each.file)}:${each.line}`),
    ),
    ...[...memory.services.map((each) => `service ${each}`), ...memory.events.map((each) => `event ${each}`)].map(
      (text) => line(200, `  about ${neutralise(text)}`),
    ),
    ...memory.evidence.map((each) => line(250, `  then: ${evidenceWords(each)}`)),
  ];
}

/** `price in shop production: 40k/min, p50 3.1 ms, p99 120 ms, 0.4 % fail, v42`. */
export function evidenceWords(each: Evidence): string {
  const times =
    each.p50 === null || each.p99 === null ? '' : `, p50 ${formatSeconds(each.p50)}, p99 ${formatSeconds(each.p99)}`;
  const errors = each.errorRate ? `, ${formatShare(each.errorRate)} fail` : '';
  const versions = each.versions
    .map((version) => neutralise(version, 60))
    .slice(0, 3)
    .join(', ');
  return `${neutralise(each.function)} in ${neutralise(each.service)} ${neutralise(each.environment)}: ${formatRate(each.callsPerMinute)}${times}${errors}, ${versions}`;
}
