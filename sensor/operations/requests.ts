import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import type { Repeats, RequestScope } from './repeats.ts';

/**
 * Knows the HTTP request that is being answered, also across `await`, where Node follows it without help of its own
 * hooks: from 24 on, at 3 % of an empty request. Before, `AsyncLocalStorage` makes each `await` of the whole process three
 * times as dear (a request of Fastify takes 1.3 times as long), so it is left alone there, and `Repeats` does without.
 */
export function followRequests(repeats: Repeats, safely: (work: () => void) => void): void {
  if (!contextsAreCheap()) {
    noticeCrowds(repeats, safely);
    return;
  }
  const storage = new AsyncLocalStorage<RequestScope>();
  const byResponse = new WeakMap<object, RequestScope>();
  repeats.useRequests(() => storage.getStore());
  subscribe('http.server.request.start', (message) => {
    safely(() => {
      const scope: RequestScope = { groups: new Map(), ended: false, drain: 0 };
      const response: unknown = Reflect.get(Object(message), 'response');
      if (typeof response === 'object' && response !== null) byResponse.set(response, scope);
      // Until the end of what Node runs for this request; what comes out of it inherits it.
      storage.enterWith(scope);
    });
  });
  subscribe('http.server.response.finish', (message) => {
    safely(() => {
      const scope = byResponse.get(Object(Reflect.get(Object(message), 'response')));
      if (scope) repeats.end(scope);
    });
  });
}

/** Notices when several requests are answered at once, by their number alone. */
function noticeCrowds(repeats: Repeats, safely: (work: () => void) => void): void {
  const open = new Set<object>();
  let crowds = 0;
  repeats.useCrowds(() => {
    if (open.size > 1) crowds += 1;
    return crowds;
  });
  const responseOf = (message: unknown): object => Object(Reflect.get(Object(message), 'response'));
  subscribe('http.server.request.start', (message) => {
    safely(() => {
      // The end of one whose client went away is not told.
      for (const response of open) if (Reflect.get(response, 'destroyed') === true) open.delete(response);
      open.add(responseOf(message));
      if (open.size > 1) crowds += 1;
    });
  });
  subscribe('http.server.response.finish', (message) => {
    safely(() => open.delete(responseOf(message)));
  });
}

function contextsAreCheap(): boolean {
  const major = Number(process.versions.node.split('.')[0]);
  const flags = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ');
  return major >= 24 && !flags.includes('--no-async-context-frame');
}
