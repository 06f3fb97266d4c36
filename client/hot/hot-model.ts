/** What a line of the tree of hot functions says. */

import type { HotOrder } from '@runlens/protocol/api/profile';
import { formatCount, formatRate, formatSeconds, formatShare } from '@runlens/protocol/format';
import type { HotItem, ServerStatus } from '@runlens/protocol/lsp';

export const orders: readonly { readonly by: HotOrder; readonly label: string; readonly description: string }[] = [
  { by: 'time', label: 'Total time', description: 'calls × mean: where the service spends itself' },
  { by: 'calls', label: 'Calls', description: 'how often' },
  { by: 'errors', label: 'Errors', description: 'how many calls failed' },
  { by: 'p99', label: '99th percentile', description: 'the slowest of a hundred calls' },
];

export interface HotText {
  /** Stable over refreshes, so that a selection stays where it was. */
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly tooltip: readonly string[];
  readonly spoken: string;
}

/** What the function is sorted by, first: a narrow view shows little more. */
function figures({ profile }: HotItem, by: HotOrder): string {
  const { duration, errorRate } = profile;
  const rate = formatRate(profile.callsPerMinute);
  const total = duration ? formatSeconds(duration.total) : undefined;
  const share = profile.timeShare === null ? undefined : formatShare(profile.timeShare);
  const p99 = duration ? `p99 ${formatSeconds(duration.p99)}` : undefined;
  const errors = `${formatCount(profile.errors)} errors${errorRate === null ? '' : ` (${formatShare(errorRate)})`}`;
  const failed = profile.errors > 0 ? errors : undefined;
  const first = {
    time: [total, share, rate],
    impact: [total, share, rate],
    calls: [rate, total],
    errors: [errors, rate],
    p99: [p99, rate],
  };
  const rest = by === 'errors' ? [p99] : by === 'p99' ? [failed] : [p99, failed];
  return [...first[by], ...rest].filter((part) => part !== undefined).join(' · ');
}

/** The texts of an item in a list sorted `by`. */
export function hotText(item: HotItem, by: HotOrder): HotText {
  const { profile } = item;
  const elsewhere = item.location ? '' : ' · not in this workspace';
  const { duration } = profile;
  const where = profile.line > 0 ? `${profile.file}:${profile.line}` : profile.file;
  const tooltip = [
    profile.function,
    where,
    `${profile.service} · ${profile.environment}`,
    `${formatCount(profile.calls)} calls, ${formatCount(profile.errors)} failed${profile.errorRate === null ? '' : ` (${formatShare(profile.errorRate)})`}`,
    ...(duration
      ? [
          `p50 ${formatSeconds(duration.p50)}, p90 ${formatSeconds(duration.p90)}, p99 ${formatSeconds(duration.p99)}, longest ${formatSeconds(duration.max)}`,
          `${formatSeconds(duration.total)} in all${profile.timeShare === null ? '' : `, ${formatShare(profile.timeShare)} of the service’s measured time`}`,
        ]
      : ['Not timed in this window.']),
    ...(item.location ? [] : ['This code is in no folder of this workspace.']),
  ];
  return {
    id: JSON.stringify([profile.service, profile.environment, profile.file, profile.function, profile.line]),
    label: profile.function,
    description: `${figures(item, by)}${elsewhere}`,
    tooltip,
    spoken: tooltip.join(', '),
  };
}

/** Beside the view's title: `by total time · shop · production · 15m`. */
export function viewDescription(by: HotOrder, status: ServerStatus | null): string {
  const order = orders.find((one) => one.by === by)?.label.toLowerCase() ?? by;
  const shown = status?.effective;
  const parts = [
    `by ${order}`,
    shown?.service ?? status?.selection.service,
    shown?.environment ?? status?.selection.environment,
    status?.selection.window,
  ];
  return parts.filter(Boolean).join(' · ');
}
