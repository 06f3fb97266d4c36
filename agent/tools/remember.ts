import { z } from 'zod';
import { contextVersion } from '../answer/context-version.ts';
import { headLine } from '../answer/model-answer.ts';
import { evidenceOf } from '../memory/evidence.ts';
import { type Evidence, memoryIdSchema, memoryKinds, memoryLimits, memorySchema } from '../memory/memory.ts';
import { memoryLines } from '../memory/memory-lines.ts';
import { noMemoryHere } from '../memory/no-memory.ts';
import { fileInput, functionInput, scopeInput } from '../query-input.ts';
import { neutralise } from '../text/hostile.ts';
import { defineTool } from '../tool.ts';

export const remember = defineTool({
  name: 'runlens_remember',
  title: 'Remember a decision',
  description:
    'Writes down a decision and its reasons, an observation, or what a task left open, for the next session: a file in ' +
    '.runlens/memory of the repository, tied to functions, services and events, with what production tells of those ' +
    'functions now. Use it when you have decided something that the code does not say, and at the end of a task. Name the ' +
    'functions: a memory whose function or numbers change is shown as stale later. Write no secret and nothing that the code says.',
  effect: 'remembers',
  tokens: 400,
  inputSchema: z.object({
    kind: z.enum(memoryKinds).default('decision').describe('task: what was done, and what it left `open`.'),
    title: z.string().trim().min(1).max(memoryLimits.title).describe('What was decided or found, in a sentence.'),
    text: z
      .string()
      .trim()
      .min(1)
      .max(memoryLimits.text)
      .describe('The reasons, in Markdown: why, what was tried, what was given up.'),
    functions: z
      .array(z.object({ file: fileInput, function: functionInput, line: z.int().positive().optional() }))
      .max(memoryLimits.functions)
      .default([])
      .describe('What it is about; `line` where a file has several functions of that name.'),
    services: z
      .array(z.string().min(1).max(200))
      .max(memoryLimits.services)
      .default([])
      .describe('Services it is about.'),
    events: z
      .array(z.string().min(1).max(200))
      .max(memoryLimits.events)
      .default([])
      .describe('Ids of events it is about.'),
    open: z
      .array(z.string().trim().min(1).max(memoryLimits.openText))
      .max(memoryLimits.open)
      .default([])
      .describe('What is left to do, a sentence each.'),
    replaces: memoryIdSchema
      .optional()
      .describe('Id of a memory that this one stands for from now on; that file is removed.'),
    environment: scopeInput.environment.describe('Take the numbers of this environment; without it, of each.'),
  }),
  outputSchema: z.object({
    memory: memorySchema,
    file: z.string(),
    hidden: z.number(),
    /** Why there are no numbers. */
    withoutEvidence: z.string().optional(),
  }),

  async handle({ environment, ...input }, { facts, memory: keeper, signal }) {
    if (!keeper) return noMemoryHere;
    let evidence: readonly Evidence[] = [];
    let withoutEvidence: string | undefined;
    try {
      evidence = await evidenceOf(input.functions, facts, { environment }, signal);
      if (evidence.length === 0 && input.functions.length > 0)
        withoutEvidence = 'production knows none of these functions';
    } catch (error) {
      signal?.throwIfAborted();
      withoutEvidence = neutralise(error instanceof Error ? error.message : String(error), 200);
    }
    const added = await keeper.add({ ...input, evidence: [...evidence] }, signal);
    if (added.kind === 'failed') return { kind: 'nothing', message: added.message };
    const { memory, file, hidden } = added;
    return {
      kind: 'answer',
      output: { memory, file, hidden, ...(withoutEvidence === undefined ? {} : { withoutEvidence }) },
    };
  },

  draft: ({ memory, file, hidden, withoutEvidence }, { now }) => ({
    verdict: `Remembered as ${memory.id}; it is a file of the working copy, to be committed with the change`,
    scope: 'this repository',
    unknown: [
      ...(hidden > 0 ? [`${hidden} places looked like secrets and were not written.`] : []),
      ...(withoutEvidence === undefined ? [] : ['No numbers of production are kept with it; the data says why.']),
    ],
    data: [
      headLine(neutralise(file)),
      ...memoryLines({ memory, functions: [], evidence: [] }, now),
      ...(withoutEvidence === undefined ? [] : [headLine(`no numbers: ${withoutEvidence}`)]),
    ],
    contextVersion: contextVersion([memory.id]),
    remedy: 'read the file',
  }),
});
