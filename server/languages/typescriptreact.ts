import type { LanguageDefinition } from './definition.ts';
import { ecmascriptFunctions } from './ecmascript.ts';

export const typescriptreact: LanguageDefinition = {
  languageIds: ['typescriptreact'],
  extensions: ['.tsx'],
  grammar: 'tree-sitter-tsx',
  functions: ecmascriptFunctions,
};
