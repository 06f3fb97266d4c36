/** Lets a suite inside the editor's extension host direct the story, whose processes belong to the test around it. */
import { createServer } from 'node:http';
import type { Story } from './story.ts';

export interface StoryControl extends AsyncDisposable {
  readonly url: string;
}

const actions: Readonly<Record<string, (story: Story, count: number) => Promise<unknown>>> = {
  '/load/start': (story) => story.startLoad(),
  '/load/stop': (story) => story.stopLoad(),
  '/collector/start': (story) => story.startCollector(),
  '/collector/kill': (story) => story.killCollector(),
  '/carts': (story, count) => story.priceCarts(count),
};

/** `POST /load/stop`, `POST /carts?count=7` …: 204 when it is done, 500 with the reason when it failed. */
export async function serveStoryControl(story: Story): Promise<StoryControl> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const action = request.method === 'POST' ? actions[pathname] : undefined;
    if (!action) {
      response.writeHead(404).end();
      return;
    }
    action(story, Number(searchParams.get('count') ?? 1)).then(
      () => response.writeHead(204).end(),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (typeof address === 'object' && address) resolve(address.port);
      else reject(new Error('the control of the story got no port'));
    });
  });
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
