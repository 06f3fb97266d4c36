import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hotResponseSchema } from '@runlens/protocol/api/profile';
import { homeFiles } from '@runlens/protocol/home';
import type { RunningCollector } from './collector.ts';

/** Functions of a service that the collector knows, and the calls of the 500 most called: the proof that what was measured was at work. */
export async function arrivedAt(
  { url, home }: RunningCollector,
  service: string,
): Promise<{ readonly functions: number; readonly calls: number }> {
  const token = readFileSync(join(home, homeFiles.token), 'utf8').trim();
  const query = new URLSearchParams({ service, by: 'calls', limit: '500', since: '1h' });
  const response = await fetch(`${url}/api/v1/hot?${query}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(20_000),
  });
  if (!response.ok) throw new Error(`the collector answered ${response.status}: ${await response.text()}`);
  const { functions, measuredFunctions } = hotResponseSchema.parse(await response.json());
  return { functions: measuredFunctions, calls: functions.reduce((sum, { calls }) => sum + calls, 0) };
}
