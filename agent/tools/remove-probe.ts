import { probeStatusSchema } from '@runlens/protocol';
import { z } from 'zod';
import { probeDraft } from '../answer/probe-draft.ts';
import { probeIdInput } from '../query-input.ts';
import { defineTool } from '../tool.ts';

export const removeProbe = defineTool({
  name: 'runlens_remove_probe',
  title: 'Remove a probe',
  description:
    'Takes one of your probes out of the running service; its captures stay readable for a day. Those of others are theirs.',
  effect: 'removes',
  tokens: 300,
  inputSchema: z.object({ id: probeIdInput }),
  outputSchema: z.object({ status: probeStatusSchema }),

  async handle({ id }, { facts, signal }) {
    const known = await facts.probes.get(id, signal);
    // The removal of one that has ended would forget its captures.
    const ended = ['removed', 'expired', 'done'].includes(known.state);
    return { kind: 'answer', output: { status: ended ? known : await facts.probes.remove(id, signal) } };
  },

  draft: ({ status }, { now }) => probeDraft(status, [], now),
});
