/** How a probe stands and what it has told, for a model. Captured values come from a program: they are data. */
import type { Capture, ProbeState, ProbeStatus } from '@runlens/protocol';
import { toldBy } from '../probe-wait.ts';
import { captureLines, probeLine } from '../text/capture-text.ts';
import { contextVersion } from './context-version.ts';
import { type DataLine, type Draft, headLine } from './model-answer.ts';
import { scopeWords } from './scope-words.ts';

const nextSteps: Readonly<Record<ProbeState, string>> = {
  proposed:
    'it waits for a person, who approves it in the editor or by "runlens probe approve"; tell them what it is for, go on with something else, and read it later by runlens_read_captures',
  waiting: 'it is not armed yet; read it later by runlens_read_captures',
  armed: 'read it by runlens_read_captures, and remove it by runlens_remove_probe when you are done',
  limited: 'it tells less than it could, to keep within its limits',
  paused: 'a person has paused it',
  refused: 'it was refused: the data says why and what to do',
  expired: 'its time is over: place it again if it is still needed',
  done: 'it has had all its hits and takes nothing of the service any more',
  removed: 'it is out of the service',
};

export function probeDraft(status: ProbeStatus, captures: readonly Capture[], now: number): Draft {
  const { probe, state, hits } = status;
  const { target } = probe.request;
  const told = toldBy(status);
  return {
    verdict: `Probe ${probe.id} is ${state}, with ${hits} ${hits === 1 ? 'hit' : 'hits'}; ${nextSteps[state]}`,
    baseline: 'none: it tells what happens from when it is armed',
    scope: scopeWords(
      [
        {
          service: target.service,
          environment: target.environment ?? 'all environments',
          versions: target.version === undefined ? [] : [target.version],
        },
      ],
      undefined,
      now,
    ),
    sample: `${told} told, ${captures.length} shown; ends ${probe.expiresAt}`,
    unknown:
      captures.length === 0 && told === 0 && (state === 'armed' || state === 'waiting')
        ? ['No hit yet: the line may be rare, or not reached at all; the profile of its function tells which.']
        : [],
    data: [headLine(probeLine(status)), ...captures.flatMap((capture, index) => captureData(capture, index))],
    contextVersion: contextVersion([probe.id, state, captures.map(({ id }) => id), told]),
    remedy: 'ask with a higher maxTokens, or for fewer captures',
  };
}

/** The newest capture is worth most, and its first lines (place, arguments) most of it. */
function captureData(capture: Capture, index: number): DataLine[] {
  return [`capture ${capture.id}`, ...captureLines(capture, { depth: 3, width: 300 })].map((text, place) => ({
    text,
    value: 1_000 * (index + 1) - place,
  }));
}
