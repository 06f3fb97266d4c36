/** The agent tools as package.json contributes them to VS Code's language models, made from the registry. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { agentTools } from '@runlens/agent';
import { inputJsonSchema } from '@runlens/agent/json-schema';
import { memoryTag } from '@runlens/client/agent/memory-confirmation';
import { placingTag } from '@runlens/client/agent/probe-confirmation';
import { root } from './toolchain.mjs';

const manifestFile = join(root, 'package.json');

export function languageModelTools(): readonly object[] {
  return agentTools.map((tool) => {
    const { name, title, description, effect } = tool;
    const changesMemory = effect === 'remembers' || effect === 'forgets';
    return {
      name,
      displayName: title,
      modelDescription: description,
      userDescription: title,
      toolReferenceName: name.replace(/_(\w)/g, (_match, letter: string) => letter.toUpperCase()),
      canBeReferencedInPrompt: true,
      icon: '$(pulse)',
      tags: ['runlens', ...(effect === 'places' ? [placingTag] : []), ...(changesMemory ? [memoryTag] : [])],
      inputSchema: inputJsonSchema(tool),
    };
  });
}

export async function readManifest(): Promise<{ contributes: { languageModelTools?: readonly object[] } }> {
  return JSON.parse(await readFile(manifestFile, 'utf8'));
}

/** `npm run format` writes them. */
export async function writeLanguageModelTools(): Promise<void> {
  const manifest = await readManifest();
  manifest.contributes.languageModelTools = languageModelTools();
  await writeFile(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`);
}
