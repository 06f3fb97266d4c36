import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importOption, sensorVariables, terminalChanges, withImport } from './sensor-environment.ts';

const settings = {
  sensorPath: '/opt/run lens/register.js',
  collectorUrl: 'http://127.0.0.1:4318',
  flushInterval: '1s',
};

describe('NODE_OPTIONS', () => {
  test('a real Node loads a sensor from a folder whose name has spaces, quotes and a percent sign', () => {
    const folder = mkdtempSync(join(tmpdir(), 'run "lens" \'x\' %20 é '));
    try {
      const sensor = join(folder, 'register.mjs');
      writeFileSync(sensor, 'globalThis.loaded = "yes";');
      const output = execFileSync(process.execPath, ['-p', 'globalThis.loaded'], {
        env: { ...process.env, NODE_OPTIONS: withImport('--no-warnings', sensor) },
        encoding: 'utf8',
      });
      expect(output.trim()).toBe('yes');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('keeps what was there, and holds the sensor once', () => {
    const once = withImport('--max-old-space-size=512', settings.sensorPath);
    expect(once).toBe('--max-old-space-size=512 --import=file:///opt/run%20lens/register.js');
    expect(withImport(once, settings.sensorPath)).toBe(once);
  });
});

describe('a script run with the sensor', () => {
  test('is named after its package, and sends often', () => {
    expect(sensorVariables({ ...settings, service: 'shop' }, {})).toEqual({
      NODE_OPTIONS: importOption(settings.sensorPath),
      OTEL_SERVICE_NAME: 'shop',
      RUNLENS_FLUSH_INTERVAL: '1s',
    });
  });

  test('keeps the name and the interval that the user gave', () => {
    const variables = sensorVariables(
      { ...settings, service: 'shop' },
      { OTEL_SERVICE_NAME: 'mine', RUNLENS_FLUSH_INTERVAL: '5s' },
    );
    expect(Object.keys(variables)).toEqual(['NODE_OPTIONS']);
  });

  test('is told of a collector that is not at the default address', () => {
    const elsewhere = { ...settings, collectorUrl: 'http://127.0.0.1:5000/', service: 'shop' };
    expect(sensorVariables(elsewhere, {})).toMatchObject({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:5000' });
  });
});

describe('terminals', () => {
  test('append to NODE_OPTIONS and never replace it', () => {
    expect(terminalChanges(settings).filter((change) => change.variable === 'NODE_OPTIONS')).toEqual([
      { variable: 'NODE_OPTIONS', kind: 'append', value: ' --import=file:///opt/run%20lens/register.js' },
    ]);
  });

  test('leave the endpoint of other OpenTelemetry SDKs alone when the collector is where they send anyway', () => {
    for (const collectorUrl of [null, 'http://127.0.0.1:4318', 'http://localhost:4318/']) {
      expect(terminalChanges({ ...settings, collectorUrl }).map((change) => change.variable)).not.toContain(
        'OTEL_EXPORTER_OTLP_ENDPOINT',
      );
    }
  });
});
