/** A folder, file or function in words. */
import { formatCount, formatSeconds, formatShare } from '@runlens/protocol/format';
import type { TreeNode } from './function-tree.ts';

/** A folder by its name and a slash. */
export const nameOf = ({ kind, name }: Pick<TreeNode, 'kind' | 'name'>): string =>
  kind === 'folder' && name !== '' ? `${name}/` : name;

/** What was not called took no time, and of what was not timed none is known: neither is a zero. */
export function timeWords({ calls, seconds }: Pick<TreeNode, 'calls' | 'seconds'>): string {
  if (seconds > 0) return formatSeconds(seconds);
  return calls === 0 ? '–' : 'not timed';
}

/** `priceLine in pricing/price.ts: 120k calls, 502 ms (4 % of all time), no errors`; `serviceSeconds`: of all functions. */
export function nodeWords(node: Omit<TreeNode, 'parent' | 'children' | 'sorted'>, serviceSeconds: number): string {
  const { kind, path, calls, errors, seconds, functions } = node;
  const isFunction = kind === 'function';
  const place = isFunction
    ? ` in ${path}`
    : `: ${formatCount(functions)} ${functions === 1 ? 'function' : 'functions'}`;
  if (calls === 0) return `${nameOf(node)}${place}, not called`;
  const share = serviceSeconds > 0 && isFunction ? ` (${formatShare(seconds / serviceSeconds)} of all time)` : '';
  const failed =
    errors === 0
      ? 'no errors'
      : `${formatCount(errors)} ${errors === 1 ? 'error' : 'errors'} (${formatShare(errors / calls)})`;
  const called = `${formatCount(calls)} ${calls === 1 ? 'call' : 'calls'}`;
  return `${nameOf(node)}${place}${isFunction ? ':' : ','} ${called}, ${timeWords(node)}${share}, ${failed}`;
}
