import { readFileSync } from 'node:fs';
import { lensPlaceholders } from '@runlens/protocol/lens-template';
import { expect, test } from 'vitest';

test("VS Code's own check of the setting knows the same placeholders", () => {
  const { contributes } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const { pattern, markdownDescription } = contributes.configuration[0].properties['runlens.lens.template'];
  for (const name of Object.keys(lensPlaceholders)) {
    expect(`{${name}}`).toMatch(new RegExp(pattern, 'u'));
    expect(markdownDescription).toContain(`{${name}}`);
  }
  for (const wrong of ['{latency}', '{rate', 'rate}']) expect(wrong).not.toMatch(new RegExp(pattern, 'u'));
});
