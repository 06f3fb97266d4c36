import type { LanguageDefinition } from './definition.ts';
import { ecmascriptFunctions } from './ecmascript.ts';
import { typescriptSample } from './ecmascript-sample.ts';
import { ecmascriptScope } from './ecmascript-scope.ts';

export const typescript: LanguageDefinition = {
  languageIds: ['typescript'],
  extensions: ['.ts', '.mts', '.cts'],
  grammar: 'tree-sitter-typescript',
  workspaceFiles: ['tsconfig.json'],
  sample: typescriptSample,
  functions: ecmascriptFunctions,
  namesInScope: ecmascriptScope,
};
