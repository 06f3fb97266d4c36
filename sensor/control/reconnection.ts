/** How long to wait before the next try, by what came of the last one. */

/** Nothing there, or nothing that speaks of this channel: asked rarely, in case another comes to that address. */
const foreignMilliseconds = 600_000;
const firstMilliseconds = 1_000;
const longestMilliseconds = { loopback: 5_000, remote: 60_000 } as const;

export type ConnectionEnd =
  /** The stream was open for a while. */
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterMilliseconds: number | undefined };

/**
 * Milliseconds. `failures`: tries in a row that failed, this one included. With jitter, so that a fleet whose collector
 * starts again does not come back all at once; `random` is in [0, 1).
 */
export function waitBeforeNext(
  end: ConnectionEnd,
  failures: number,
  place: keyof typeof longestMilliseconds,
  random: () => number,
): number {
  const jitter = 0.5 + random() / 2;
  const doubled = Math.min(
    longestMilliseconds[place],
    firstMilliseconds * 2 ** Math.min(16, Math.max(0, failures - 1)),
  );
  if (end.kind === 'answered') {
    if (end.retryAfterMilliseconds !== undefined) return Math.max(doubled * jitter, end.retryAfterMilliseconds);
    // Of another version, or none of Runlens; or without the right.
    if (end.status >= 400 && end.status < 500 && end.status !== 408 && end.status !== 429) {
      return foreignMilliseconds * jitter;
    }
  }
  return doubled * jitter;
}
