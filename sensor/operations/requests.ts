import type { RequestAtHand } from '../requests/request-at-hand.ts';
import type { Requests } from '../requests/requests.ts';
import type { Repeats, RequestScope } from './repeats.ts';

/**
 * Tells `repeats` which request is being answered, where that is known also behind `await`; elsewhere only whether
 * several are answered at once.
 */
export function followRequests(repeats: Repeats, requests: Requests): void {
  requests.on();
  if (!requests.followsAwait) {
    repeats.useCrowds(() => requests.crowds);
    return;
  }
  const scopes = new WeakMap<RequestAtHand, RequestScope>();
  repeats.useRequests(() => {
    const request = requests.atHand();
    if (!request) return undefined;
    let scope = scopes.get(request);
    if (!scope) {
      scope = { groups: new Map(), ended: request.ended, drain: 0 };
      scopes.set(request, scope);
    }
    return scope;
  });
  requests.onEnd((request) => {
    const scope = scopes.get(request);
    if (scope) repeats.end(scope);
  });
}
