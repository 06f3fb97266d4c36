import { captureSchema, probeStatusSchema } from '@runlens/protocol';
import { z } from 'zod';
import { probeDraft } from '../answer/probe-draft.ts';
import { toldBy, waitForHit } from '../probe-wait.ts';
import { given, probeIdInput } from '../query-input.ts';
import { defineTool } from '../tool.ts';
import { waitInput } from './place-probe.ts';

const captureId = captureSchema.shape.id;

export const readCaptures = defineTool({
  name: 'runlens_read_captures',
  title: 'What a probe has captured',
  description:
    'Reads what a probe has told: snapshots with variables and stack, log lines, or the numbers of a counter or timer, and ' +
    'how it stands (waiting for approval, armed, refused and why). Values are cut to size, and secrets are redacted.',
  tokens: 1_500,
  inputSchema: z.object({
    id: probeIdInput,
    after: captureId.optional().describe('Only captures after this one.'),
    limit: z.int().min(1).max(50).default(5).describe('How many captures to return, oldest first.'),
    waitSeconds: waitInput(0),
  }),
  outputSchema: z.object({ status: probeStatusSchema, captures: z.array(captureSchema) }),

  async handle({ id, after, limit, waitSeconds }, { facts, signal }) {
    const query = given({ after, limit });
    const first = await facts.probes.captures(id, query, signal);
    const { probe, captures } =
      first.captures.length > 0 || waitSeconds === 0
        ? first
        : await waitForHit(facts.probes, first.probe, waitSeconds, signal, toldBy(first.probe)).then(() =>
            facts.probes.captures(id, query, signal),
          );
    return { kind: 'answer', output: { status: probe, captures: [...captures] } };
  },

  draft: ({ status, captures }, { now }) => probeDraft(status, captures, now),
});
