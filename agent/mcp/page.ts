/** Long lists a page at a time. */
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';

const pageItems = 100;

/** `cursor`: where a page before ended. Throws a protocol error on one that is none. */
export function pageOf<Item>(
  all: readonly Item[],
  cursor: string | undefined,
): { readonly page: readonly Item[]; readonly nextCursor: string | undefined } {
  const from = cursor === undefined ? 0 : /^p\d{1,9}$/.test(cursor) ? Number(cursor.slice(1)) : -1;
  if (from < 0) {
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'The cursor is none that was told: list without one.');
  }
  const until = from + pageItems;
  return { page: all.slice(from, until), nextCursor: until < all.length ? `p${until}` : undefined };
}
