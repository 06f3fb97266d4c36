/**
 * `GET /api/v1/profiles?form=compact`: nothing is lost, and nothing is written twice. Nearly always one version of a
 * function runs, whose duration and histogram are the function's own, and most functions have empty lists: without them an
 * answer is about a third shorter.
 */
import { z } from 'zod';
import type { ProfilesResponse } from './profile.ts';
import { durationSchema, profileSchema, profilesResponseSchema, versionProfileSchema } from './profile.ts';

const { entries, conditions, exemplars, callers, queries, outgoing, exceptions } = profileSchema.shape;

const compactProfileSchema = profileSchema.extend({
  versions: z.array(
    versionProfileSchema.extend({
      /** Left out of a version that is the only one: that of its function. */
      duration: durationSchema.nullable().optional(),
    }),
  ),
  /** Left out where empty, as are the others. */
  entries: entries.optional(),
  conditions: conditions.optional(),
  exemplars: exemplars.optional(),
  callers: callers.optional(),
  queries: queries.optional(),
  outgoing: outgoing.optional(),
  exceptions: exceptions.optional(),
});

/** Takes whole answers too, as of a collector that knows one form only. */
export const compactProfilesResponseSchema = profilesResponseSchema.extend({ profiles: z.array(compactProfileSchema) });
type CompactProfile = z.infer<typeof compactProfileSchema>;
export type CompactProfilesResponse = z.infer<typeof compactProfilesResponseSchema>;

/** A version has the duration of its function where both are the same object, or null. */
export function compactProfiles(response: ProfilesResponse): CompactProfilesResponse {
  return {
    ...response,
    profiles: response.profiles.map((profile): CompactProfile => {
      const { entries, conditions, exemplars, callers, queries, outgoing, exceptions, versions, ...rest } = profile;
      const [only] = versions;
      return {
        ...rest,
        versions:
          only && versions.length === 1 && only.duration === profile.duration ? [withoutDuration(only)] : versions,
        ...(entries.length > 0 ? { entries } : {}),
        ...(conditions ? { conditions } : {}),
        ...(exemplars.length > 0 ? { exemplars } : {}),
        ...(callers.length > 0 ? { callers } : {}),
        ...(queries.length > 0 ? { queries } : {}),
        ...(outgoing.length > 0 ? { outgoing } : {}),
        ...(exceptions.length > 0 ? { exceptions } : {}),
      };
    }),
  };
}

/** The answer as it was before {@link compactProfiles}. */
export function wholeProfiles(response: CompactProfilesResponse): ProfilesResponse {
  return {
    ...response,
    profiles: response.profiles.map((profile) => ({
      ...profile,
      versions: profile.versions.map((version) => ({
        ...version,
        // Of several versions none has the numbers of all.
        duration:
          version.duration ??
          (version.duration === undefined && profile.versions.length === 1 ? profile.duration : null),
      })),
      entries: profile.entries ?? [],
      conditions: profile.conditions ?? null,
      exemplars: profile.exemplars ?? [],
      callers: profile.callers ?? [],
      queries: profile.queries ?? [],
      outgoing: profile.outgoing ?? [],
      exceptions: profile.exceptions ?? [],
    })),
  };
}

function withoutDuration({ duration: _, ...rest }: ProfilesResponse['profiles'][number]['versions'][number]) {
  return rest;
}
