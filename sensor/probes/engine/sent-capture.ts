import { randomBytes } from 'node:crypto';
import type { CapturedFrame } from '@runlens/protocol/probes/capture';
import type { SentCapture } from '@runlens/protocol/probes/messages';
import type { Redactor } from '@runlens/protocol/redaction/redactor';
import type { Hit, PlacedProbe, ShownFrameValues } from './messages.ts';

/** What a capture says beside what the hit has brought. */
export interface CapturePlace {
  readonly file: string;
  readonly functionName: string;
  readonly line: number;
}

/** Longer texts the protocol does not take. */
const longestMessage = 16_000;

/** A hit as it is sent. */
export function sentCapture(
  hit: Hit,
  probe: Pick<PlacedProbe, 'kind' | 'level'>,
  { file, functionName, line }: CapturePlace,
  stack: readonly CapturedFrame[],
  redactor: Redactor,
): SentCapture {
  const isLog = probe.kind === 'log';
  const { entry, traceId, spanId, duration, cost, shown } = hit;
  const { values, expressions, redacted, cut } = shown ?? {
    values: undefined,
    expressions: [],
    redacted: hit.redacted,
    cut: hit.cut,
  };
  const message = hit.message === undefined ? undefined : redactor.text(hit.message);
  return {
    id: `c-${randomBytes(10).toString('hex')}`,
    probe: hit.probe,
    kind: isLog ? 'log' : 'snapshot',
    at: new Date(hit.at).toISOString(),
    file,
    function: functionName,
    line,
    ...(values === undefined ? {} : { values: mutable(values) }),
    ...(expressions.length === 0 ? {} : { expressions: [...expressions] }),
    ...(message === undefined ? {} : { message: message.text.slice(0, longestMessage), level: probe.level }),
    ...(stack.length === 0 ? {} : { stack: [...stack] }),
    ...(entry === undefined ? {} : { entry: entry.slice(0, 512) }),
    ...(traceId === undefined ? {} : { traceId }),
    ...(spanId === undefined ? {} : { spanId }),
    ...(duration === undefined ? {} : { duration }),
    redacted: redacted + (message?.redacted ?? 0),
    cut: [...cut],
    cost,
  };
}

/** As the schema's types have it: only they say that it may be changed. */
function mutable(values: NonNullable<ShownFrameValues['values']>): NonNullable<SentCapture['values']> {
  const { arguments: given, locals, closure } = values;
  const copy = (named: typeof given): [string, (typeof given)[number][1]][] =>
    named.map(([name, value]) => [name, value]);
  return { ...values, arguments: copy(given), locals: copy(locals), closure: copy(closure) };
}
