/** Every language that Runlens reads. A new one is one file and one line here. */
import type { LanguageDefinition } from './definition.ts';
import { javascript } from './javascript.ts';
import { typescript } from './typescript.ts';
import { typescriptreact } from './typescriptreact.ts';

export const languages: readonly LanguageDefinition[] = [javascript, typescript, typescriptreact];

/** The definition for an editor's language id. */
export const languageById = (id: string): LanguageDefinition | undefined =>
  languages.find((language) => language.languageIds.includes(id));

/** The definition for a file by its name's ending. */
export const languageByPath = (path: string): LanguageDefinition | undefined =>
  languages.find((language) => language.extensions.some((extension) => path.endsWith(extension)));
