/** Who calls whom among the functions of a service, as far as sampled callers tell. */
import type { Profile } from '@runlens/protocol/api/profile';

interface Callee {
  readonly profile: Profile;
  /** Calls of it for one call of the caller. */
  readonly perCall: number;
}

const keyOf = (file: string, name: string): string => `${file}\n${name}`;

export class CallGraph {
  readonly #profiles = new Map<string, Profile>();
  readonly #callees = new Map<string, Callee[]>();

  constructor(profiles: readonly Profile[]) {
    for (const profile of profiles) this.#profiles.set(keyOf(profile.file, profile.function), profile);
    for (const profile of profiles) {
      const told = profile.callers.reduce((sum, { calls }) => sum + calls, 0);
      for (const { file, function: name, calls } of profile.callers) {
        const caller = file === undefined ? undefined : this.#profiles.get(keyOf(file, name));
        if (caller === undefined || caller === profile || caller.calls === 0) continue;
        const key = keyOf(caller.file, caller.function);
        const callees = this.#callees.get(key) ?? [];
        this.#callees.set(key, callees);
        // Counts by caller may lag behind the calls; their shares hold.
        callees.push({ profile, perCall: ((calls / told) * profile.calls) / caller.calls });
      }
    }
  }

  find(file: string, name: string): Profile | undefined {
    return this.#profiles.get(keyOf(file, name));
  }

  callees({ file, function: name }: Profile): readonly Callee[] {
    return this.#callees.get(keyOf(file, name)) ?? [];
  }

  /**
   * Half of the calls take less in the function itself, without what it calls. An estimate: medians do not add up exactly. Callees
   * that take less than `least` each count as part of it: of so little nobody knows how much of it is the timing.
   */
  ownMedianSeconds(profile: Profile, least: number): number {
    const own = profile.duration?.p50 ?? 0;
    return this.callees(profile).reduce((left, { profile: callee, perCall }) => {
      const seconds = callee.duration?.p50 ?? 0;
      return seconds < least ? left : Math.max(0, left - perCall * seconds);
    }, own);
  }

  /** Those whose cost is not mostly that of another of them which they call: who only waits for a slow one is not told. */
  innermost<Costly extends { readonly profile: Profile; readonly seconds: number }>(
    costly: readonly Costly[],
  ): readonly Costly[] {
    const byProfile = new Map(costly.map((each) => [each.profile, each]));
    // Through a callback or a thin function between both, too.
    const explained = (profile: Profile, seconds: number, path: readonly Profile[]): boolean =>
      path.length <= mostDepth &&
      this.callees(profile).some(({ profile: callee }) => {
        if (path.includes(callee)) return false;
        const other = byProfile.get(callee);
        if (other !== undefined) return other.seconds >= seconds / 2;
        return explained(callee, seconds, [...path, callee]);
      });
    return costly.filter(({ profile, seconds }) => !explained(profile, seconds, [profile]));
  }
}

/** Calls between a caller and what it waits for that are followed. */
const mostDepth = 3;
