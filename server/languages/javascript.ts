import type { LanguageDefinition } from './definition.ts';
import { ecmascriptFunctions } from './ecmascript.ts';
import { javascriptSample } from './ecmascript-sample.ts';
import { ecmascriptScope } from './ecmascript-scope.ts';

/** The grammar of JavaScript reads JSX as well. */
export const javascript: LanguageDefinition = {
  languageIds: ['javascript', 'javascriptreact'],
  extensions: ['.js', '.mjs', '.cjs', '.jsx'],
  grammar: 'tree-sitter-javascript',
  workspaceFiles: ['package.json'],
  sample: javascriptSample,
  functions: ecmascriptFunctions,
  namesInScope: ecmascriptScope,
};
