/** What can be asked next, by what was asked. Pure. */
import type { FunctionAtHand, SlashCommand } from './slash-commands.ts';

export interface Followup {
  readonly prompt: string;
  readonly label: string;
  readonly command?: SlashCommand;
}

/** Names that a person reads on a button, and a model in a prompt: as programmers write them, or none. */
const plainName = /^(?:(?:get|set) )?[\w$.#()@/+:-]{1,80}$/;
const plainPath = /^[\w$.@/+-]{1,200}$/;

/** `subject`: the function that the answer was about first. */
export function followupsOf(
  command: SlashCommand | undefined,
  subject: FunctionAtHand | undefined,
): readonly Followup[] {
  const known = subject && plainName.test(subject.function) && plainPath.test(subject.file) ? subject : undefined;
  const prompt = known === undefined ? '' : `${known.file}:${known.function}`;
  const why: readonly Followup[] = known ? [{ command: 'why', prompt, label: `Explain ${known.function}` }] : [];
  const look: readonly Followup[] = known
    ? [{ command: 'snapshot', prompt, label: `Look into ${known.function} while it runs` }]
    : [];
  const slow: Followup = { command: 'slow', prompt: '', label: 'What is slow?' };
  const errors: Followup = { command: 'errors', prompt: '', label: 'What fails?' };
  const incident: Followup = { command: 'incident', prompt: '', label: 'What is wrong now?' };
  const hot: Followup = { command: 'hot', prompt: '', label: 'What costs most?' };
  switch (command) {
    case 'hot':
      return [...why, slow, errors];
    case 'slow':
      return [...why, ...look, hot];
    case 'errors':
      return [...look, slow, incident];
    case 'incident':
      return [...why, ...look, errors];
    case 'review':
      return [...why, hot, errors];
    case 'why':
      return [...look, errors];
    case 'snapshot':
      return [...why, errors];
    default:
      return [hot, slow, errors, incident];
  }
}
