/** The languages whose functions the language server finds; ids as in VS Code. */
export declare const languages: readonly [
  'typescript',
  'typescriptreact',
  'javascript',
  'javascriptreact',
  'python',
  'java',
  'go',
  'csharp',
  'ruby',
  'php',
  'rust',
];
export declare function isSupported(languageId: string): boolean;
//# sourceMappingURL=languages.d.ts.map
