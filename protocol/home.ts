/** What lies in the Runlens home folder (`RUNLENS_HOME`, default `~/.runlens`), by which the parts find each other. */
import { z } from 'zod';

export const homeFiles = {
  /** The bearer token of this machine's collector; readable by its user only. */
  token: 'token',
  /** Further tokens with their roles, as digests. */
  tokens: 'tokens.json',
  /** Held while the files of the home folder are changed. */
  lock: 'home.lock',
  /** Where the running collector is: {@link CollectorAddress} as JSON; removed on a clean stop. */
  collector: 'collector.json',
  /** The store. */
  data: 'data',
  /** The audit log of what was done here without a collector, in `local`; each collector's is in its data folder. */
  audit: 'audit',
  logs: 'logs',
} as const;

export const collectorAddressSchema = z.object({
  url: z.url(),
  pid: z.int().positive(),
  version: z.string(),
  /** ISO 8601 */
  startedAt: z.iso.datetime(),
  /** Its data folder, absolute; absent: of a collector before this was told. */
  data: z.string().optional(),
});
export type CollectorAddress = z.infer<typeof collectorAddressSchema>;

export { defaultCollectorPort, defaultCollectorUrl, environmentVariables } from './environment.ts';
