import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

test('all probes are disarmed by one key, wherever the focus is', () => {
  const keys = manifest.contributes.keybindings.filter(({ command }) => command === 'runlens.probes.disarmAll');
  expect(keys).toEqual([{ command: 'runlens.probes.disarmAll', key: 'shift+alt+f9' }]);
});
