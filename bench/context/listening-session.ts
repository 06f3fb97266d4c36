/** A session of an agent over MCP (Streamable HTTP, protocol of 2025-11-25), which has subscribed to what concerns it. */
import { z } from 'zod';

const contextUri = 'runlens://context';
const readSchema = z.object({ result: z.object({ contents: z.array(z.object({ text: z.string() })) }) });

export class ListeningSession {
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #end = new AbortController();
  #id = 0;
  #told: (() => void) | undefined;
  #updates = 0;

  private constructor(url: string, token: string) {
    this.#url = `${url}/mcp`;
    this.#headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    };
  }

  /** It has asked about a function, and listens. */
  static async open(
    url: string,
    token: string,
    place: { readonly file: string; readonly function: string },
  ): Promise<ListeningSession> {
    const session = new ListeningSession(url, token);
    const protocolVersion = '2025-11-25';
    const clientInfo = { name: 'bench', version: '1' };
    await session.#call('initialize', { protocolVersion, capabilities: {}, clientInfo });
    session.#headers['mcp-protocol-version'] = protocolVersion;
    await session.#send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    await session.#call('tools/call', { name: 'runlens_function_profile', arguments: { ...place } });
    // The answer's head comes with the first message: nobody waits for it.
    void session.#listen().catch(() => undefined);
    await session.#call('resources/subscribe', { uri: contextUri });
    // What later changes are compared with is known then.
    await session.read();
    return session;
  }

  /** How often it was told that something has changed. */
  get updates(): number {
    return this.#updates;
  }

  /** Resolves when it is told; ask before it can be. */
  nextUpdate(): Promise<void> {
    return new Promise((resolve) => {
      this.#told = resolve;
    });
  }

  async read(): Promise<string> {
    const { result } = readSchema.parse(await this.#call('resources/read', { uri: contextUri }));
    return result.contents.map(({ text }) => text).join('\n');
  }

  close(): void {
    this.#end.abort();
  }

  async #listen(): Promise<void> {
    const { 'content-type': _, ...headers } = this.#headers;
    const answer = await fetch(this.#url, {
      headers: { ...headers, accept: 'text/event-stream' },
      signal: this.#end.signal,
    });
    if (answer.status !== 200 || answer.body === null) throw new Error(`no stream: ${answer.status}`);
    await this.#follow(answer.body);
  }

  async #follow(body: ReadableStream<Uint8Array>): Promise<void> {
    const text = body.pipeThrough(new TextDecoderStream());
    let rest = '';
    for await (const part of text) {
      const events = (rest + part).split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) {
        if (!event.includes('notifications/resources/updated')) continue;
        this.#updates += 1;
        this.#told?.();
      }
    }
  }

  async #call(method: string, params: object): Promise<unknown> {
    this.#id += 1;
    const answer = await this.#send({ jsonrpc: '2.0', id: this.#id, method, params });
    const session = answer.headers.get('mcp-session-id');
    if (session !== null) this.#headers['mcp-session-id'] = session;
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method}: ${text}`);
    const told: unknown = JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text);
    return told;
  }

  async #send(message: object): Promise<Response> {
    return await fetch(this.#url, { method: 'POST', headers: this.#headers, body: JSON.stringify(message) });
  }
}
