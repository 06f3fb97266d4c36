/** The gutter's heat icon: as many filled bars as the heat, so that it is read without colour, too. */
import type { Heat } from './decoration-model.ts';
export type IconTheme = 'light' | 'dark' | 'highContrast' | 'highContrastLight';
/** The defaults of the contributed colours `runlens.heat1` to `heat4`; package.json has the same. */
export declare const heatColors: Readonly<Record<IconTheme, Readonly<Record<Heat, string>>>>;
/** An SVG of 16 by 16 with four bars rising, the first `heat` of them filled. */
export declare function heatIcon(heat: Heat, theme: IconTheme): string;
/** The icon as a URI that needs no file. */
export declare function heatIconUri(heat: Heat, theme: IconTheme): string;
//# sourceMappingURL=heat-icon.d.ts.map
