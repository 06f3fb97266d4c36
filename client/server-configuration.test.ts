import { expect, test } from 'vitest';
import { selectionOf, serverConfiguration } from './server-configuration.ts';
import type { Settings } from './settings.ts';

const settings: Settings = {
  collector: { url: '', start: 'auto', port: 4318 },
  home: '',
  service: 'shop',
  environment: '',
  window: '15m',
  lens: {
    enabled: true,
    offIn: [],
    position: 'above',
    showAbsent: true,
    callbacks: 'multiline',
    style: 'full',
    template: '',
    minimumCalls: 0,
    beside: '',
  },
  heat: { gutter: true, overviewRuler: true },
  probes: { lens: true, inlineValues: true },
  askCopilotLens: true,
  hotFunctionsLimit: 50,
  findingSeverity: 'information',
  notifiedEvents: 'critical',
  deploysNotify: true,
  pathMappings: [],
  terminalSensor: false,
  mcpServer: false,
};

test('what was picked goes before the setting', () => {
  expect(selectionOf({ service: 'mail', window: '1h' }, settings)).toEqual({ service: 'mail', window: '1h' });
  expect(selectionOf({}, settings)).toEqual({ service: 'shop', window: '15m' });
});

test('an empty setting is left out, so that the server chooses', () => {
  const told = serverConfiguration({ settings, picked: {}, token: undefined, cacheFolder: undefined, trusted: false });
  expect(Object.keys(told).sort()).toEqual(['lens', 'pathMappings', 'selection', 'trusted']);
  expect(told.trusted).toBe(false);
});
