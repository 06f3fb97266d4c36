import { fileURLToPath } from 'node:url';
import { exitCodes } from '../exit-codes.ts';
import { findSensor } from '../run/sensor-file.ts';
import type { Check } from './check.ts';

export const sensorCheck: Check = {
  name: 'sensor',
  async run() {
    const url = findSensor();
    if (url !== undefined) return { status: 'ok', finding: fileURLToPath(url) };
    return {
      status: 'failed',
      finding: 'the sensor is not beside this command',
      remedy: 'Install runlens again, or add the package @runlens/sensor to the service.',
      exitCode: exitCodes.failure,
    };
  },
};
