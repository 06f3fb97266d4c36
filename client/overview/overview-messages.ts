import { type FromOverviewPage, overviewChoices } from '@runlens/protocol/overview-page';
import { parseNamedFunction } from '../details/page-messages.ts';

/** The message that the overview page sent; undefined when it is none: what a page sends is not trusted. */
export function parseFromOverviewPage(message: unknown): FromOverviewPage | undefined {
  if (typeof message !== 'object' || message === null || !('type' in message)) return undefined;
  switch (message.type) {
    case 'ready':
      return { type: 'ready' };
    case 'openFunction': {
      const named = 'function' in message ? parseNamedFunction(message.function) : undefined;
      return named && { type: 'openFunction', function: named };
    }
    case 'choose': {
      const what = 'what' in message ? overviewChoices.find((one) => one === message.what) : undefined;
      return what && { type: 'choose', what };
    }
    default:
      return undefined;
  }
}
