/** Profiles as tools answer them: the collector's own fields, without what only a drawing needs. */

import type { Profile } from '@runlens/protocol';
import { durationSchema, profileSchema, versionProfileSchema } from '@runlens/protocol';
import { z } from 'zod';

const duration = durationSchema.omit({ histogram: true }).nullable();

/** Everything of one function; durations in seconds. */
export const profileDetailsSchema = profileSchema.extend({
  duration,
  versions: z.array(versionProfileSchema.extend({ duration })),
});
export type ProfileDetails = z.output<typeof profileDetailsSchema>;

/** One function in a list of many; durations in seconds. */
export const profileSummarySchema = profileSchema
  .pick({
    service: true,
    environment: true,
    file: true,
    function: true,
    line: true,
    calls: true,
    callsPerMinute: true,
    errors: true,
    errorRate: true,
    timeShare: true,
    measuredSince: true,
    lastSeen: true,
  })
  .extend({ duration, versions: z.array(z.string()) });
export type ProfileSummary = z.output<typeof profileSummarySchema>;

export function summarise(profile: Profile): z.input<typeof profileSummarySchema> {
  return { ...profile, versions: profile.versions.map(({ version }) => version) };
}
