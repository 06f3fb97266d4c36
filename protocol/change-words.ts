/** What differs in a function between two versions or windows, as words: the same to people and to models. */
import type { FunctionChange } from './api/compare.ts';
import { formatCount, formatRate, formatSeconds, formatShare } from './format.ts';

/** `slower: p50 4 ms → 9 ms (×2.3), p99 80 ms → 200 ms` */
export function changeWords({ base, now }: FunctionChange, { kind, ratio }: FunctionChange['changes'][number]): string {
  const seconds = (value: number | null): string => (value === null ? '–' : formatSeconds(value));
  const times = ratio === null || ratio === 0 ? '' : ` (×${Number(ratio.toPrecision(2))})`;
  switch (kind) {
    case 'slower':
    case 'faster':
      return `${kind}: p50 ${seconds(base.p50)} → ${seconds(now.p50)}${times}, p99 ${seconds(base.p99)} → ${seconds(now.p99)}`;
    case 'slowerTail':
    case 'fasterTail':
      return `slow calls ${kind === 'slowerTail' ? 'slower' : 'faster'}: p95 ${seconds(base.p95)} → ${seconds(now.p95)}${times}, p50 ${seconds(now.p50)}`;
    case 'moreErrors':
    case 'fewerErrors':
      return `${kind === 'moreErrors' ? 'more' : 'fewer'} errors: ${share(base)} → ${share(now)} of ${formatCount(now.calls)} calls`;
    case 'moreCalls':
    case 'fewerCalls':
      return `${kind === 'moreCalls' ? 'more' : 'fewer'} calls: ${formatRate(base.callsPerMinute)} → ${formatRate(now.callsPerMinute)}`;
    case 'notCalled':
      return `no longer called: before ${formatRate(base.callsPerMinute)}`;
  }
}

const share = ({ errors, calls }: FunctionChange['base']): string => (calls === 0 ? '–' : formatShare(errors / calls));
