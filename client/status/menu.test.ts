import { expect, test } from 'vitest';
import { status } from '../test-data.ts';
import { type MenuInput, menu } from './menu.ts';

const commandsOf = (of: Partial<MenuInput>): string[] =>
  menu({
    status: status(),
    serverRunning: true,
    ownsCollector: false,
    trusted: true,
    terminalSensor: false,
    position: 'above',
    ...of,
  }).flatMap((group) => group.entries.map((entry) => entry.command));

const none = status({ collector: { kind: 'none', message: '' } });

test('the menu offers to start a collector only where none is found, and the workspace is trusted', () => {
  expect(commandsOf({})).not.toContain('runlens.startCollector');
  expect(commandsOf({ status: none })).toContain('runlens.startCollector');
  expect(commandsOf({ status: none, trusted: false })).not.toContain('runlens.startCollector');
});

test('the menu offers to stop only a collector that this window started', () => {
  expect(commandsOf({})).not.toContain('runlens.stopCollector');
  expect(commandsOf({ ownsCollector: true })).toContain('runlens.stopCollector');
});

test('in Restricted Mode the menu leads to trust instead of running programs', () => {
  const commands = commandsOf({ trusted: false });
  expect(commands).toContain('workbench.trust.manage');
  expect(commands).not.toContain('runlens.runWithSensor');
  expect(commands).not.toContain('runlens.toggleTerminalSensor');
});

test('when the token is refused the menu leads to it', () => {
  const unauthorized = status({ collector: { kind: 'unauthorized', url: 'http://x', message: '' } });
  expect(commandsOf({ status: unauthorized })[0]).toBe('runlens.setCollectorToken');
});
