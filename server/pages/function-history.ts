/** One function over time, and what it calls: asked of the collector for the details page. */
import { hotResponseSchema, type Profile } from '@runlens/protocol/api/profile';
import { seriesResponseSchema } from '@runlens/protocol/api/series';
import type { Selection } from '@runlens/protocol/lsp';
import type { Callee, FunctionHistory } from '@runlens/protocol/lsp-pages';
import type { CollectorClient } from '../profiles/collector-client.ts';

/** So many of those that are called most are looked at, whether this one calls them. */
const surveyedFunctions = 500;
const mostCallees = 50;

/** Of the function that a profile is of, in the window and version of the selection. */
export async function functionHistory(
  client: CollectorClient,
  profile: Profile,
  { window: since, version }: Selection,
  signal: AbortSignal,
): Promise<FunctionHistory | null> {
  const { service, environment, file, function: name, line } = profile;
  const scope = { service, environment, version, since };
  const [series, called] = await Promise.all([
    client.get('/api/v1/series', seriesResponseSchema, { params: { ...scope, file, function: name, line }, signal }),
    client.get('/api/v1/hot', hotResponseSchema, {
      params: { ...scope, by: 'calls', limit: surveyedFunctions, histograms: 'empty', caller: `${file}\n${name}` },
      signal,
    }),
  ]);
  if (series.kind === 'cancelled' || called.kind === 'cancelled') return null;
  if (series.kind !== 'ok')
    return { kind: 'none', message: 'message' in series ? series.message : 'Nothing is known.' };
  const functions = called.kind === 'ok' ? called.value.functions : [];
  const measured = called.kind === 'ok' ? called.value.measuredFunctions : 0;
  return {
    kind: 'history',
    series: series.value,
    callees: functions
      .flatMap((each) => calleeOf(each, profile))
      .sort((one, other) => other.calls - one.calls)
      .slice(0, mostCallees),
    surveyed: Math.min(surveyedFunctions, measured),
    measured,
  };
}

function calleeOf({ file, function: name, line, callers }: Profile, caller: Profile): Callee[] {
  // A caller in the same file is told without it.
  const calls = callers
    .filter((each) => each.function === caller.function && (each.file ?? file) === caller.file)
    .reduce((sum, each) => sum + each.calls, 0);
  return calls === 0 ? [] : [{ file, function: name, line, calls }];
}
