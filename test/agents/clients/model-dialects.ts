/**
 * The four formats in which agent clients talk to their model's provider: what a request says, and an answer as events of a stream.
 * Only what the clients need that are tested here.
 *
 * OpenAI Chat Completions and Responses (platform.openai.com/docs/api-reference), Anthropic Messages
 * (docs.anthropic.com/en/api/messages-streaming), Gemini streamGenerateContent (ai.google.dev/api/generate-content).
 */

export interface ModelRequest {
  /** Names of the tools that are offered, as the model is to call them. */
  readonly tools: readonly string[];
  /** What the tools that were called so far have answered, in their order, each as the model reads it. */
  readonly results: readonly string[];
  /** All that was sent, as text. */
  readonly body: string;
}

export type ModelAnswer = { readonly text: string } | { readonly call: string; readonly input: object };

export interface Dialect {
  /** The path to which such requests are posted. */
  readonly path: RegExp;
  read(body: Record<string, unknown>): Omit<ModelRequest, 'body'>;
  /** The data of each event, with the event's name where the format has one. `id` is this answer's own. */
  events(answer: ModelAnswer, id: string): readonly { readonly event?: string; readonly data: object | string }[];
}

type Json = Record<string, unknown>;
const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(Object) : []);

/** A text, or parts of which some are texts. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return list(content)
    .map(({ text }) => (typeof text === 'string' ? text : ''))
    .join('\n');
}

const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };

const chatCompletions: Dialect = {
  path: /\/chat\/completions$/,
  read: ({ messages, tools }) => ({
    tools: list(tools).map((tool) => String(Object(tool.function).name)),
    results: list(messages)
      .filter(({ role }) => role === 'tool')
      .map(({ content }) => textOf(content)),
  }),
  events(answer, id) {
    const chunk = (delta: object, finish_reason: string | null) => ({
      data: {
        ...{ id, object: 'chat.completion.chunk', created: 0, model: 'scripted' },
        choices: [{ index: 0, delta, finish_reason }],
      },
    });
    const content =
      'text' in answer
        ? { content: answer.text }
        : {
            tool_calls: [
              {
                index: 0,
                id,
                type: 'function',
                function: { name: answer.call, arguments: JSON.stringify(answer.input) },
              },
            ],
          };
    return [
      chunk({ role: 'assistant', ...content }, null),
      chunk({}, 'text' in answer ? 'stop' : 'tool_calls'),
      { data: '[DONE]' },
    ];
  },
};

const responses: Dialect = {
  path: /\/responses$/,
  read: ({ input, tools }) => ({
    tools: list(tools).flatMap(({ type, name, tools: inside }) =>
      type === 'namespace' ? list(inside).map((tool) => `${name}/${tool.name}`) : [String(name)],
    ),
    results: list(input)
      .filter(({ type }) => type === 'function_call_output')
      .map(({ output }) => textOf(output)),
  }),
  events(answer, id) {
    const [name, namespace] = 'call' in answer ? answer.call.split('/').reverse() : [];
    const item =
      'text' in answer
        ? { type: 'message', id, role: 'assistant', content: [{ type: 'output_text', text: answer.text }] }
        : {
            ...{ type: 'function_call', id, call_id: id, name, arguments: JSON.stringify(answer.input) },
            ...(namespace === undefined ? {} : { namespace }),
          };
    return [
      { type: 'response.created', response: { id } },
      { type: 'response.output_item.done', output_index: 0, item },
      { type: 'response.completed', response: { id, output: [item], usage } },
    ].map((data) => ({ event: data.type, data }));
  },
};

const anthropicMessages: Dialect = {
  path: /\/v1\/messages$/,
  read: ({ messages, tools }) => ({
    tools: list(tools).map(({ name }) => String(name)),
    results: list(messages)
      .flatMap(({ content }) => list(content))
      .filter(({ type }) => type === 'tool_result')
      .map(({ content }) => textOf(content)),
  }),
  events(answer, id) {
    const [block, delta] =
      'text' in answer
        ? [
            { type: 'text', text: '' },
            { type: 'text_delta', text: answer.text },
          ]
        : [
            { type: 'tool_use', id, name: answer.call, input: {} },
            { type: 'input_json_delta', partial_json: JSON.stringify(answer.input) },
          ];
    const message = {
      id,
      type: 'message',
      role: 'assistant',
      model: 'scripted',
      content: [],
      stop_reason: null,
      usage,
    };
    return [
      { type: 'message_start', message },
      { type: 'content_block_start', index: 0, content_block: block },
      { type: 'content_block_delta', index: 0, delta },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'text' in answer ? 'end_turn' : 'tool_use' }, usage },
      { type: 'message_stop' },
    ].map((data) => ({ event: data.type, data }));
  },
};

const gemini: Dialect = {
  path: /:streamGenerateContent$/,
  read: ({ contents, tools }) => ({
    tools: list(tools)
      .flatMap(({ functionDeclarations }) => list(functionDeclarations))
      .map(({ name }) => String(name)),
    results: list(contents)
      .flatMap(({ parts }) => list(parts))
      .filter((part) => 'functionResponse' in part)
      .map(({ functionResponse }) => String(Object(Object(functionResponse).response).output)),
  }),
  events: (answer) => [
    {
      data: {
        candidates: [
          {
            content: {
              role: 'model',
              parts: ['text' in answer ? answer : { functionCall: { name: answer.call, args: answer.input } }],
            },
            finishReason: 'STOP',
            index: 0,
          },
        ],
        usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
      },
    },
  ],
};

export const dialects: readonly Dialect[] = [chatCompletions, responses, anthropicMessages, gemini];
