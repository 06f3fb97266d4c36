import { formatSeconds } from '@runlens/protocol';

interface Window {
  readonly since: string;
  readonly until: string;
}

/** `last 15 min`, or both instants when the window does not end now. */
export function windowWords(window: Window, now: number): string {
  const since = Date.parse(window.since);
  const until = Date.parse(window.until);
  // A minute of tolerance: coarser tiers end at their last edge, and clocks differ.
  if (Math.abs(now - until) > 60_000) return `${window.since} to ${window.until}`;
  const seconds = (until - since) / 1_000;
  return `last ${seconds >= 172_800 ? `${Math.round(seconds / 86_400)} days` : formatSeconds(seconds)}`;
}
