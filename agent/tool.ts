/** What an agent tool is, whoever offers it: VS Code's language models, MCP, or the command line. */
import type { z } from 'zod';
import type { ProductionFacts } from './facts.ts';
import type { ChangeReader } from './review/change.ts';
import type { TextOptions } from './text/options.ts';

export interface ToolContext {
  readonly facts: ProductionFacts;
  /** Reads changes of the sources; absent where there is no working copy. */
  readonly changes?: ChangeReader;
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
      /** The same for a terminal or a model, with hostile text neutralised, within the options' budget. */
      readonly text: (options: TextOptions) => string;
    }
  | { readonly kind: 'nothing'; readonly message: string }
  | { readonly kind: 'invalidInput'; readonly message: string };

export interface AgentTool {
  /** `runlens_…`, the same everywhere. */
  readonly name: string;
  readonly title: string;
  /** For a model: when to use it, what it returns, what not to conclude from it. */
  readonly description: string;
  readonly inputSchema: z.ZodObject;
  readonly outputSchema: z.ZodObject;
  /** Checks the input, asks the facts. Rejects only when the facts cannot be had. */
  call(input: unknown, context: ToolContext): Promise<ToolResult>;
}

interface Definition<Input extends z.ZodObject, Output extends z.ZodObject> {
  readonly name: `runlens_${string}`;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: Input;
  readonly outputSchema: Output;
  readonly handle: (input: z.output<Input>, context: ToolContext) => Promise<Found<z.input<Output>>>;
  readonly render: (output: z.output<Output>, options: TextOptions) => string;
}

/** Makes a tool of its typed definition; what a handler returns is cut to its output schema. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  definition: Definition<Input, Output>,
): AgentTool {
  const { name, title, description, inputSchema, outputSchema, handle, render } = definition;
  return {
    name,
    title,
    description,
    inputSchema,
    outputSchema,
    async call(input, context) {
      const parsed = inputSchema.safeParse(input);
      if (!parsed.success) return { kind: 'invalidInput', message: inputProblem(parsed.error) };
      const found = await handle(parsed.data, context);
      if (found.kind === 'nothing') return found;
      const output = outputSchema.parse(found.output);
      return { kind: 'answer', output, text: (options) => render(output, options) };
    },
  };
}

/** `since: give a length such as 15m; limit: too big`: one line, whatever the number of problems. */
function inputProblem(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => (issue.path.length > 0 ? `${issue.path.join('.')}: ${issue.message}` : issue.message))
    .join('; ');
}
