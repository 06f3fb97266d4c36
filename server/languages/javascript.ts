import type { LanguageDefinition } from './definition.ts';
import { ecmascriptFunctions } from './ecmascript.ts';

/** The grammar of JavaScript reads JSX as well. */
export const javascript: LanguageDefinition = {
  languageIds: ['javascript', 'javascriptreact'],
  extensions: ['.js', '.mjs', '.cjs', '.jsx'],
  grammar: 'tree-sitter-javascript',
  functions: ecmascriptFunctions,
};
