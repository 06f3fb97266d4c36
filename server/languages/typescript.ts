import type { LanguageDefinition } from './definition.ts';
import { ecmascriptFunctions } from './ecmascript.ts';

export const typescript: LanguageDefinition = {
  languageIds: ['typescript'],
  extensions: ['.ts', '.mts', '.cts'],
  grammar: 'tree-sitter-typescript',
  functions: ecmascriptFunctions,
};
