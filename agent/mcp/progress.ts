/** Tells a client that asked for it that a call still goes on: some tools wait for what happens in production. */
import type { ServerContext } from '@modelcontextprotocol/server';

const everyMilliseconds = 1_000;

/** Until it is disposed of. How long a call will take is not known, so there is no total. */
export function reportProgress({ mcpReq }: ServerContext, title: string): Disposable {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return { [Symbol.dispose]: () => undefined };
  let seconds = 0;
  const tell = (): void => {
    mcpReq
      .notify({ method: 'notifications/progress', params: { progressToken, progress: seconds, message: title } })
      // Who is gone is told by the call itself.
      .catch(() => undefined);
    seconds += 1;
  };
  tell();
  const timer = setInterval(tell, everyMilliseconds).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
