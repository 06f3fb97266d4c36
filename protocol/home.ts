/** Where the running collector is, as its file in the home folder tells. */
import { z } from 'zod';

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

export { defaultCollectorPort, defaultCollectorUrl, environmentVariables, homeFiles } from './environment.ts';
