import { expect, test } from 'vitest';
import { collectorEnvironment } from './collector-environment.ts';

test('the collector gets no sensor, no debugger and nothing of the editor', () => {
  const environment = collectorEnvironment(
    {
      PATH: '/bin',
      NODE_OPTIONS: '--import=x',
      VSCODE_PID: '1',
      ELECTRON_NO_ASAR: '1',
      OTEL_SERVICE_NAME: 'x',
      GONE: undefined,
    },
    '',
  );
  expect(environment).toEqual({ PATH: '/bin', ELECTRON_RUN_AS_NODE: '1' });
});

test('the home of the settings goes before the one of the environment', () => {
  expect(collectorEnvironment({ RUNLENS_HOME: '/a' }, '/b')).toMatchObject({ RUNLENS_HOME: '/b' });
  expect(collectorEnvironment({ RUNLENS_HOME: '/a' }, '')).toMatchObject({ RUNLENS_HOME: '/a' });
});
