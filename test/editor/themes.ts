// The themes in which pictures are taken, by the names that this VS Code knows them by.

export type ThemeName = 'light' | 'dark' | 'high-contrast';

/** Values of the setting `workbench.colorTheme`. */
export const themeNames: Readonly<Record<ThemeName, string>> = {
  light: 'Default Light Modern',
  dark: 'Default Dark Modern',
  'high-contrast': 'Default High Contrast',
};

/** The class that the workbench's root element has while a theme of the kind is shown. */
export const themeClasses: Readonly<Record<ThemeName, string>> = {
  light: 'vs',
  dark: 'vs-dark',
  'high-contrast': 'hc-black',
};
