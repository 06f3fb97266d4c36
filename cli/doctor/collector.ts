import { neutralise } from '@runlens/agent';
import { exitCodes } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import { version } from '../version.ts';
import type { Check } from './check.ts';

export const collectorCheck: Check = {
  name: 'collector',
  async run({ health, location }) {
    try {
      const { health: told } = await health();
      if (told.status !== 'ok') {
        return {
          status: 'failed',
          finding: `${location.url} is degraded`,
          remedy: told.problems.map((problem) => neutralise(problem, 300)).join(' ') || 'See its log.',
          exitCode: exitCodes.failure,
        };
      }
      if (told.version !== version) {
        return {
          status: 'warning',
          finding: `${location.url} is version ${neutralise(told.version, 40)}, this command ${version}`,
          remedy: 'Bring both to the same version, and start the collector again.',
        };
      }
      return { status: 'ok', finding: `${location.url} is healthy, version ${version}` };
    } catch (error) {
      if (!(error instanceof CliFailure)) throw error;
      return {
        status: 'failed',
        finding: `${location.url} does not answer as a collector`,
        remedy: error.message,
        exitCode: error.exitCode,
      };
    }
  },
};
