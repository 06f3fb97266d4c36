import { z } from 'zod';
import { contextVersion } from '../answer/context-version.ts';
import { headLine } from '../answer/model-answer.ts';
import { memoryIdSchema, memorySchema } from '../memory/memory.ts';
import { noMemoryHere } from '../memory/no-memory.ts';
import { neutralise } from '../text/hostile.ts';
import { defineTool } from '../tool.ts';

export const forget = defineTool({
  name: 'runlens_forget',
  title: 'Forget a memory',
  description:
    'Takes one memory out of the repository, by its id from runlens_recall: one that is wrong, or that is done with. What was ' +
    'committed stays in the history of git. To correct one, give its id to runlens_remember as `replaces`.',
  effect: 'forgets',
  tokens: 300,
  inputSchema: z.object({ id: memoryIdSchema.describe('The id of the memory, such as `m-0123456789`.') }),
  outputSchema: z.object({ memory: memorySchema, file: z.string() }),

  async handle({ id }, { memory: keeper }) {
    if (!keeper) return noMemoryHere;
    const removed = await keeper.remove(id);
    if (removed.kind === 'failed') return { kind: 'nothing', message: removed.message };
    return { kind: 'answer', output: { memory: removed.memory, file: removed.file } };
  },

  draft: ({ memory, file }) => ({
    verdict: `Forgot ${memory.id}; what was committed of it stays in the history of git`,
    scope: 'this repository',
    data: [headLine(`${neutralise(file)}: ${neutralise(memory.title)}`)],
    contextVersion: contextVersion([memory.id, 'forgotten']),
    remedy: 'ask with a higher maxTokens',
  }),
});
