import { expect, test } from 'vitest';
import { languageModelTools, readManifest } from './language-model-tools.ts';

test('package.json contributes the agent tools as the registry has them (npm run format writes them)', async () => {
  const { contributes } = await readManifest();
  expect(contributes.languageModelTools).toEqual(JSON.parse(JSON.stringify(languageModelTools())));
});
