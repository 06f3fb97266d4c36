import { probeStatusSchema } from '@runlens/protocol';
import { z } from 'zod';
import { contextVersion } from '../answer/context-version.ts';
import { scopeWords } from '../answer/scope-words.ts';
import { given, scopeInput } from '../query-input.ts';
import { probeLine } from '../text/capture-text.ts';
import { defineTool } from '../tool.ts';

export const listProbes = defineTool({
  name: 'runlens_list_probes',
  title: 'Probes in running services',
  description:
    'Lists the probes that are placed, also those of others: what and where each is, whose, and how it stands. Use it ' +
    'before placing one, and to find what you have left behind.',
  tokens: 600,
  inputSchema: z.object({
    service: scopeInput.service,
    ended: z.boolean().default(false).describe('Also those that ended within the last hour.'),
  }),
  outputSchema: z.object({ probes: z.array(probeStatusSchema) }),

  async handle({ service, ended }, { facts, signal }) {
    const probes = await facts.probes.list({ ...given({ service }), ended }, signal);
    if (probes.length === 0) {
      return { kind: 'nothing', message: 'There are no probes in this selection. runlens_place_probe places one.' };
    }
    return { kind: 'answer', output: { probes } };
  },

  draft({ probes }, { now }) {
    const count = (state: string): number => probes.filter((each) => each.state === state).length;
    return {
      verdict: `${probes.length} ${probes.length === 1 ? 'probe' : 'probes'}: ${count('armed')} armed, ${count('proposed')} waiting for approval, ${count('refused')} refused`,
      baseline: 'none: how they stand now',
      scope: scopeWords(
        probes.map(({ probe: { request } }) => ({
          service: request.target.service,
          environment: request.target.environment ?? 'all environments',
          versions: [],
        })),
        undefined,
        now,
      ),
      sample: 'all that this collector holds',
      data: probes.map((each) => ({ text: probeLine(each), value: Date.parse(each.probe.createdAt) })),
      contextVersion: contextVersion(probes.map(({ probe, state, hits }) => [probe.id, state, hits])),
      remedy: 'ask with a higher maxTokens, or for one service',
    };
  },
});
