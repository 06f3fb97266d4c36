/** Calls tools by the Model Context Protocol over HTTP, as an agent does: a request a call. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ModelAnswer, modelAnswerSchema } from '@runlens/agent';
import { z } from 'zod';

const messageSchema = z.object({
  result: z
    .object({
      isError: z.boolean().optional(),
      content: z.array(z.object({ text: z.string() })),
      structuredContent: z.unknown(),
    })
    .optional(),
  error: z.object({ message: z.string() }).optional(),
});

export class McpCaller {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  #id = 0;

  constructor({ url, home }: { readonly url: string; readonly home: string }) {
    this.#url = `${url}/mcp`;
    this.#headers = {
      authorization: `Bearer ${readFileSync(join(home, 'token'), 'utf8').trim()}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    };
  }

  /** Throws with what the tool says when it fails. */
  async call(name: string, input: object): Promise<ModelAnswer> {
    this.#id += 1;
    const answer = await fetch(this.#url, {
      method: 'POST',
      headers: this.#headers,
      body: JSON.stringify({ jsonrpc: '2.0', id: this.#id, method: 'tools/call', params: { name, arguments: input } }),
    });
    const text = await answer.text();
    // One event, or the message itself.
    const { result, error } = messageSchema.parse(JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text));
    if (!result || result.isError) throw new Error(`${name}: ${error?.message ?? result?.content[0]?.text}`);
    return modelAnswerSchema.parse(result.structuredContent);
  }
}
