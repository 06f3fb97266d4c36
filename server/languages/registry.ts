/** Every language that Runlens reads. A new one is one file and one line here. */
import { csharp } from './csharp.ts';
import type { LanguageDefinition } from './definition.ts';
import { go } from './go.ts';
import { java } from './java.ts';
import { javascript } from './javascript.ts';
import { php } from './php.ts';
import { python } from './python.ts';
import { ruby } from './ruby.ts';
import { rust } from './rust.ts';
import { typescript } from './typescript.ts';
import { typescriptreact } from './typescriptreact.ts';

export const languages: readonly LanguageDefinition[] = [
  typescript,
  typescriptreact,
  javascript,
  python,
  java,
  go,
  csharp,
  ruby,
  php,
  rust,
];

/** The definition for an editor's language id. */
export const languageById = (id: string): LanguageDefinition | undefined =>
  languages.find((language) => language.languageIds.includes(id));

/** The definition for a file by its name's ending. */
export const languageByPath = (path: string): LanguageDefinition | undefined =>
  languages.find((language) => language.extensions.some((extension) => path.endsWith(extension)));
