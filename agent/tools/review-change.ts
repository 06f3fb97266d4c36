import { z } from 'zod';
import { scopeInput } from '../query-input.ts';
import { productionOf } from '../review/production.ts';
import { reviewOf, reviewSchema } from '../review/review.ts';
import { reviewText } from '../review/review-text.ts';
import { defineTool } from '../tool.ts';

const revision = z.string().min(1).max(200);

export const reviewChange = defineTool({
  name: 'runlens_review_change',
  title: 'A change, by its production cost',
  description:
    'Reviews the change in the working copy, or between two revisions, by what production knows: for each changed ' +
    'function how often it runs, how long it takes and whether it fails; which database operations, requests and slow ' +
    'calls the change adds, whether in a loop, and how many a minute that makes; which time-outs, retries, caches, guards ' +
    'and transactions it takes away. Use it before you finish or approve a change. It does not judge style or correctness; ' +
    'a function that is not measured is unknown, which is not zero.',
  inputSchema: z.object({
    base: revision.optional().describe('Revision to compare with; without it, where this branch left the main one.'),
    head: revision.optional().describe('Revision to review; without it, the files as they are on disk.'),
    service: scopeInput.service,
    environment: scopeInput.environment.describe('Deployment environment; without it, production where there is one.'),
    since: scopeInput.since,
  }),
  outputSchema: reviewSchema,

  async handle({ base, head, ...scope }, { facts, changes, signal, now = Date.now }) {
    if (!changes) {
      return {
        kind: 'nothing',
        message:
          'There is no working copy here to read a change from; run `runlens review` or `runlens mcp` in the repository.',
      };
    }
    const request = { ...(base === undefined ? {} : { base }), ...(head === undefined ? {} : { head }) };
    const change = await changes.read(request, signal);
    if (change.kind === 'failed') return { kind: 'nothing', message: change.message };
    return { kind: 'answer', output: reviewOf(change, await productionOf(change, facts, scope, signal), now()) };
  },

  render: (review, options) => reviewText(review, options),
});
