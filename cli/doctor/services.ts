import { neutralise } from '@runlens/agent';
import { formatAge } from '@runlens/protocol';
import { exitCodes } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import type { Check } from './check.ts';

/** A running service reports every ten seconds, whether it is called or not. */
const staleMilliseconds = 60_000;

export const servicesCheck: Check = {
  name: 'services',
  async run({ client }) {
    try {
      const { now, services } = await client.services();
      const present = Date.parse(now);
      const [newest] = services.toSorted((a, b) => Date.parse(b.lastSeen) - Date.parse(a.lastSeen));
      if (!newest) {
        return {
          status: 'warning',
          finding: 'none has reported yet',
          remedy: 'Start one with "runlens run -- node app.js".',
        };
      }
      const age = present - Date.parse(newest.lastSeen);
      const count = services.length === 1 ? '1 has reported' : `${services.length} have reported`;
      const finding = `${count}, ${neutralise(newest.name)} ${formatAge(age)}`;
      if (age <= staleMilliseconds) return { status: 'ok', finding };
      return {
        status: 'warning',
        finding,
        remedy:
          'If a service runs, check that it was started with the sensor and that its OTEL_EXPORTER_OTLP_ENDPOINT is this collector.',
      };
    } catch (error) {
      if (!(error instanceof CliFailure)) throw error;
      if (error.exitCode === exitCodes.notReachable)
        return { status: 'skipped', finding: 'the collector was not reached' };
      return { status: 'failed', finding: 'they cannot be asked for', remedy: error.message, exitCode: error.exitCode };
    }
  },
};
