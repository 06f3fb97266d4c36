/** The gutter's heat icon: as many filled bars as the heat, so that it is read without colour, too. */
import type { Heat } from './decoration-model.ts';

export type IconTheme = 'light' | 'dark' | 'highContrast' | 'highContrastLight';

/** The defaults of the contributed colours `runlens.heat1` to `heat4`; package.json has the same. */
export const heatColors: Readonly<Record<IconTheme, Readonly<Record<Heat, string>>>> = {
  light: { 1: '#3b7dd8', 2: '#a8760a', 3: '#c4510c', 4: '#c4161c' },
  dark: { 1: '#5aa0f2', 2: '#e0b040', 3: '#f08a3c', 4: '#ff5c5c' },
  highContrast: { 1: '#75beff', 2: '#ffd700', 3: '#ff9f40', 4: '#ff7070' },
  highContrastLight: { 1: '#0451a5', 2: '#7a5500', 3: '#9a3a00', 4: '#a80000' },
};

/** An SVG of 16 by 16 with four bars rising, the first `heat` of them filled. */
export function heatIcon(heat: Heat, theme: IconTheme): string {
  const color = heatColors[theme][heat];
  const bars = ([1, 2, 3, 4] as const).map((bar) => {
    const height = 2 + bar * 2.5;
    const place = `x="${bar * 3}" y="${14 - height}" width="2" height="${height}"`;
    return bar <= heat ? `<rect ${place} fill="${color}"/>` : `<rect ${place} fill="${color}" opacity="0.25"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">${bars.join('')}</svg>`;
}

/** The icon as a URI that needs no file. */
export function heatIconUri(heat: Heat, theme: IconTheme): string {
  return `data:image/svg+xml;base64,${Buffer.from(heatIcon(heat, theme)).toString('base64')}`;
}
