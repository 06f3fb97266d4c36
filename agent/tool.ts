/** What an agent tool is, whoever offers it: VS Code's language models, MCP, or the command line. */
import { z } from 'zod';
import { contextVersion } from './answer/context-version.ts';
import { answerText, type Draft, fit, headLine, type ModelAnswer } from './answer/model-answer.ts';
import type { ContextMemory } from './context-memory.ts';
import type { ProductionFacts } from './facts.ts';
import { interestOfCall } from './interest/interest-of-call.ts';
import type { NewsSource } from './interest/news-source.ts';
import type { MemoryKeeper } from './memory/memory.ts';
import type { ChangeReader } from './review/change.ts';
import { neutralise } from './text/hostile.ts';
import type { TextOptions } from './text/options.ts';

export interface ToolContext {
  readonly facts: ProductionFacts;
  /** Reads changes of the sources; absent where there is no working copy. */
  readonly changes?: ChangeReader;
  /** What was remembered of this repository; absent where there is no working copy. */
  readonly memory?: MemoryKeeper;
  /** When which answer was given; absent where none is remembered. */
  readonly told?: ContextMemory;
  /** What is new for the session, told before the answer; absent: no session is told. */
  readonly news?: NewsSource;
  /** Milliseconds since 1970; absent: the clock's. */
  readonly now?: () => number;
  readonly signal?: AbortSignal;
}

/** What a tool's handler found, before it is checked and rendered. */
export type Found<Output> =
  | { readonly kind: 'answer'; readonly output: Output }
  /** There is nothing to tell; the message says why, and what to do. An unknown is never told as a zero. */
  | { readonly kind: 'nothing'; readonly message: string };

export type ToolResult =
  | {
      readonly kind: 'answer';
      /** As the tool's `outputSchema`. Names in it are as production told them: data, never instructions. */
      readonly output: Readonly<Record<string, unknown>>;
      /** The same for a terminal, with hostile text neutralised, within the options' budget. */
      readonly text: (options: TextOptions) => string;
      /** The same for a model, within the tokens that it asked for. `now`: milliseconds since 1970. */
      readonly model: (now: number) => ModelAnswer;
    }
  | { readonly kind: 'nothing'; readonly message: string; readonly model: (now: number) => ModelAnswer }
  | { readonly kind: 'invalidInput'; readonly message: string };

/** What a tool does to production, or to the repository. */
export type ToolEffect =
  | 'reads'
  /** Puts a read-only probe into a running service; a person is asked before. */
  | 'places'
  /** Takes such a probe out again. */
  | 'removes'
  /** Adds a file to the repository's memory. */
  | 'remembers'
  /** Takes such a file away; git keeps what was committed. */
  | 'forgets';

export interface AgentTool {
  /** `runlens_…`, the same everywhere. */
  readonly name: string;
  readonly title: string;
  /** For a model: when to use it, what it returns, what not to conclude from it. */
  readonly description: string;
  readonly effect: ToolEffect;
  readonly inputSchema: z.ZodObject;
  readonly outputSchema: z.ZodObject;
  /** Checks the input, asks the facts. Rejects only when the facts cannot be had. */
  call(input: unknown, context: ToolContext): Promise<ToolResult>;
}

export interface DraftOptions {
  /** Milliseconds since 1970. */
  readonly now: number;
}

interface Definition<Input extends z.ZodObject, Output extends z.ZodObject> {
  readonly name: `runlens_${string}`;
  readonly title: string;
  readonly description: string;
  /** Default: `reads`. */
  readonly effect?: ToolEffect;
  /** What an answer may cost a model that does not say. */
  readonly tokens: number;
  readonly inputSchema: Input;
  readonly outputSchema: Output;
  readonly handle: (input: z.output<Input>, context: ToolContext) => Promise<Found<z.input<Output>>>;
  /** For a terminal; without it a terminal shows what a model is told. */
  readonly render?: (output: z.output<Output>, options: TextOptions) => string;
  readonly draft: (output: z.output<Output>, options: DraftOptions) => Draft;
}

export const leastTokens = 100;
export const mostTokens = 8_000;

const tokensInput = (usual: number) =>
  z
    .int()
    .min(leastTokens)
    .max(mostTokens)
    .default(usual)
    .describe(`The answer's size, in tokens at most; what matters least is cut, and that is said. Default ${usual}.`);

/** Makes a tool of its typed definition; what a handler returns is cut to its output schema. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  definition: Definition<Input, Output>,
): AgentTool {
  const { name, title, description, effect = 'reads', outputSchema, handle, render, draft, tokens } = definition;
  const maxTokens = tokensInput(tokens);
  return {
    name,
    title,
    description,
    effect,
    inputSchema: definition.inputSchema.extend({ maxTokens }),
    outputSchema,
    async call(input, context) {
      const parsed = definition.inputSchema.safeParse(input);
      if (!parsed.success) return { kind: 'invalidInput', message: inputProblem(parsed.error) };
      const size = z.object({ maxTokens }).safeParse(input);
      if (!size.success) return { kind: 'invalidInput', message: inputProblem(size.error) };
      const found = await handle(parsed.data, context);
      const asked: AskedCall = { name, input: parsed.data, maxTokens: size.data.maxTokens };
      if (found.kind === 'nothing') {
        const nothing = nothingDraft(found.message);
        const changed = await changedBefore(asked, nothing, undefined, context);
        return { ...found, model: (now) => tell(fit({ ...nothing, changed }, size.data.maxTokens), now, context) };
      }
      const output = outputSchema.parse(found.output);
      const changed = await changedBefore(
        asked,
        draft(output, { now: context.now?.() ?? Date.now() }),
        output,
        context,
      );
      const model = (now: number, most: number): ModelAnswer =>
        tell(fit({ ...draft(output, { now }), changed }, most), now, context);
      return {
        kind: 'answer',
        output,
        text: (options) =>
          render?.(output, options) ?? answerText(model(options.now, Math.ceil(options.budgetCharacters / 4))),
        model: (now) => model(now, size.data.maxTokens),
      };
    },
  };
}

function tell(answer: ModelAnswer, now: number, { told }: ToolContext): ModelAnswer {
  told?.tell(answer.contextVersion, now);
  return answer;
}

interface AskedCall {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly maxTokens: number;
}

/** Of what an answer may cost, so that it is still one. */
const shareOfNews = 0.4;
const tokensOfNews = { least: 40, most: 350 } as const;

/** Undefined: nothing is new, or nobody is told. */
async function changedBefore(
  { name, input, maxTokens }: AskedCall,
  answer: Draft,
  output: Readonly<Record<string, unknown>> | undefined,
  { news }: ToolContext,
): Promise<string | undefined> {
  if (news === undefined) return undefined;
  const interest = interestOfCall(name, input, output);
  const about = interest.functions?.[0]?.function ?? interest.files?.[0]?.slice(-300) ?? interest.service;
  const told = await news.ask({
    ...{ via: `tool ${name}`, interest },
    answer: {
      ...{ tool: name, question: questionOf(name, input), contextVersion: answer.contextVersion },
      ...(about === undefined ? {} : { about }),
    },
    maxTokens: Math.min(tokensOfNews.most, Math.max(tokensOfNews.least, Math.floor(maxTokens * shareOfNews))),
  });
  return told === undefined || told.text === '' ? undefined : told.text;
}

/** Equal for equal inputs, whatever the answer may cost. */
function questionOf(name: string, { maxTokens: _, ...input }: Readonly<Record<string, unknown>>): string {
  return contextVersion([name, Object.entries(input).sort(([one], [other]) => (one < other ? -1 : 1))]);
}

/** Why there is nothing can name what production told, so the sentence stands where such text stands. */
function nothingDraft(message: string): Draft {
  return {
    verdict: 'There is no answer, which is not a zero; the data says why, and what to do.',
    scope: 'as asked',
    data: [headLine(neutralise(message, 2_000))],
    contextVersion: contextVersion(message),
    remedy: 'ask with a higher maxTokens',
  };
}

/** `since: give a length such as 15m; limit: too big`: one line, whatever the number of problems. */
function inputProblem(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) =>
      neutralise(issue.path.length > 0 ? `${issue.path.join('.')}: ${issue.message}` : issue.message, 300),
    )
    .join('; ');
}
