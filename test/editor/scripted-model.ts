// A language model of a test's: an HTTP server on the loopback that speaks the chat-completions format, answers by rule, and
// keeps what it was sent. With `chatProfile` Copilot's own agent, and any chat participant, talk to it: no sign-in, no network.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ModelMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string;
}

export interface ModelRequest {
  readonly messages: readonly ModelMessage[];
  /** Names of the tools that were offered. */
  readonly tools: readonly string[];
  /** All of the messages as one text. */
  readonly text: string;
}

export type ModelAnswer =
  | { readonly text: string }
  | { readonly calls: readonly { readonly name: string; readonly input: object }[] }
  | { readonly status: number }
  /** Nothing comes until the other side gives up. */
  | { readonly hangs: true };

export interface ScriptedModel extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly ModelRequest[];
  /** How many that hang were given up by the other side. */
  readonly givenUp: () => number;
  /** The rule from now on; what was sent before is forgotten. */
  script(rule: (request: ModelRequest) => ModelAnswer): void;
}

const largestRequestBytes = 8_000_000;
/** So small that words and backquotes are torn apart, as by real models. */
const pieceCharacters = 7;

export async function startScriptedModel(): Promise<ScriptedModel> {
  let rule: (request: ModelRequest) => ModelAnswer = () => ({ text: 'Nothing was scripted.' });
  let requests: ModelRequest[] = [];
  let givenUp = 0;
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    request.setEncoding('utf8');
    for await (const chunk of request) {
      body += chunk;
      if (body.length > largestRequestBytes) throw new Error('the request is too large');
    }
    const asked = readRequest(body);
    // Titles and the like are asked without tools and in between; they are no part of a script.
    const answered = isAside(asked) ? { text: 'A title' } : rule(asked);
    if (!isAside(asked)) requests.push(asked);
    if ('hangs' in answered) {
      response.on('close', () => {
        givenUp += 1;
      });
      return;
    }
    if ('status' in answered) {
      response.writeHead(answered.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { message: 'scripted failure' } }));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const delta of deltasOf(answered)) response.write(event({ index: 0, delta, finish_reason: null }));
    response.write(event({ index: 0, delta: {}, finish_reason: 'calls' in answered ? 'tool_calls' : 'stop' }));
    response.end('data: [DONE]\n\n');
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // listening on TCP
  return {
    url: `http://127.0.0.1:${port}/v1/chat/completions`,
    get requests() {
      return requests;
    },
    givenUp: () => givenUp,
    script(next) {
      rule = next;
      requests = [];
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function deltasOf(answer: Exclude<ModelAnswer, { status: number } | { hangs: true }>): object[] {
  if ('text' in answer) {
    const pieces = answer.text.match(new RegExp(`[^]{1,${pieceCharacters}}`, 'g')) ?? [];
    return pieces.map((content) => ({ role: 'assistant', content }));
  }
  return answer.calls.map(({ name, input }, index) => ({
    role: 'assistant',
    tool_calls: [
      {
        index,
        id: `call_${Date.now()}_${index}`,
        type: 'function',
        function: { name, arguments: JSON.stringify(input) },
      },
    ],
  }));
}

const event = (choice: object): string =>
  `data: ${JSON.stringify({ id: 'scripted', object: 'chat.completion.chunk', created: 0, model: 'scripted', choices: [choice] })}\n\n`;

function readRequest(body: string): ModelRequest {
  const { messages = [], tools = [] } = Object(JSON.parse(body));
  const read = (messages as { role: ModelMessage['role']; content: unknown }[]).map(({ role, content }) => ({
    role,
    content: textOf(content),
  }));
  return {
    messages: read,
    tools: (tools as { function?: { name?: string } }[]).map((tool) => tool.function?.name ?? ''),
    text: read.map(({ content }) => content).join('\n'),
  };
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: { text?: unknown }) => (typeof part.text === 'string' ? part.text : '')).join('\n');
}

const isAside = ({ messages, tools }: ModelRequest): boolean =>
  tools.length === 0 && /title|summar|progress message/i.test(messages[0]?.content.slice(0, 2_000) ?? '');

/** Settings and files of an editor's profile by which its chat has this model, and no other. */
export function chatProfile(model: ScriptedModel) {
  return {
    // Titles and the like are asked of the same model.
    settings: { 'chat.allowAnonymousAccess': true, 'chat.byokUtilityModelDefault': 'mainAgent' },
    userFiles: {
      'chatLanguageModels.json': JSON.stringify([
        {
          vendor: 'customendpoint',
          name: 'local',
          apiKey: 'dummy',
          apiType: 'chat-completions',
          models: [
            {
              id: 'scripted',
              name: 'Scripted',
              url: model.url,
              toolCalling: true,
              vision: false,
              maxInputTokens: 120_000,
              maxOutputTokens: 8_000,
            },
          ],
        },
      ]),
    },
  };
}

export const scriptedModelSelector = { vendor: 'customendpoint', id: 'scripted' };
