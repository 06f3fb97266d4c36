import { formatSeconds } from '@runlens/protocol';
import { CliFailure } from '../failure.ts';
import type { Check } from './check.ts';

/** The `Date` header counts whole seconds and the answer takes its time, so less is no difference. */
const toleranceMilliseconds = 5_000;

export const clockCheck: Check = {
  name: 'clock',
  async run({ health, session }) {
    try {
      const { clock } = await health();
      if (clock === undefined) return { status: 'skipped', finding: 'the collector tells no time' };
      const ahead = clock - session.now();
      if (Math.abs(ahead) <= toleranceMilliseconds) return { status: 'ok', finding: 'agrees with the collector' };
      return {
        status: 'warning',
        finding: `the collector's is ${formatSeconds(Math.abs(ahead) / 1_000)} ${ahead > 0 ? 'ahead of' : 'behind'} this one`,
        remedy: 'Set both machines by NTP: windows of time and ages are off by as much.',
      };
    } catch (error) {
      if (!(error instanceof CliFailure)) throw error;
      return { status: 'skipped', finding: 'the collector was not reached' };
    }
  },
};
