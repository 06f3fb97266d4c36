import type { LanguageDefinition } from './definition.ts';
import { ecmascriptFunctions } from './ecmascript.ts';
import { ecmascriptScope } from './ecmascript-scope.ts';

export const typescriptreact: LanguageDefinition = {
  languageIds: ['typescriptreact'],
  extensions: ['.tsx'],
  grammar: 'tree-sitter-tsx',
  functions: ecmascriptFunctions,
  namesInScope: ecmascriptScope,
};
