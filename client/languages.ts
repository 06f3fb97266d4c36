/** The languages whose functions the language server finds; ids as in VS Code. */
export const languages = [
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
] as const;

export function isSupported(languageId: string): boolean {
  return languages.some((language) => language === languageId);
}
