/** The marks of probes in the gutter: told apart by shape, so that they are read without colour, too. */
import type { ProbeMark } from './probe-text.ts';

export type MarkTheme = 'light' | 'dark' | 'highContrast' | 'highContrastLight';

/** The defaults of the contributed colours `runlens.probe` and `runlens.probeRefused`; package.json has the same. */
const colors: Readonly<Record<MarkTheme, { readonly probe: string; readonly refused: string }>> = {
  light: { probe: '#7b3fb5', refused: '#c4161c' },
  dark: { probe: '#c58af9', refused: '#ff5c5c' },
  highContrast: { probe: '#d9a6ff', refused: '#ff7070' },
  highContrastLight: { probe: '#5c2d91', refused: '#a80000' },
};

const diamond = 'M8 2.5 13.5 8 8 13.5 2.5 8Z';

/** An SVG of 16 by 16. */
export function markIcon(mark: ProbeMark, theme: MarkTheme): string {
  const { probe, refused } = colors[theme];
  const outline = `<path d="${diamond}" fill="none" stroke="${probe}" stroke-width="1.4"/>`;
  const shapes: Readonly<Record<ProbeMark, string>> = {
    waiting: outline,
    proposed: `${outline}<circle cx="8" cy="8" r="1.4" fill="${probe}"/>`,
    armed: `<path d="${diamond}" fill="${probe}"/>`,
    hit: `<path d="${diamond}" fill="${probe}"/><circle cx="8" cy="8" r="2" fill="${theme === 'light' || theme === 'highContrastLight' ? '#fff' : '#000'}"/>`,
    limited: `${outline}<path d="M8 2.5 8 13.5 2.5 8Z" fill="${probe}"/>`,
    refused: `<path d="M4 4 12 12M12 4 4 12" stroke="${refused}" stroke-width="2" fill="none"/>`,
    ended: `<path d="${diamond}" fill="${probe}" opacity="0.35"/>`,
  };
  return `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">${shapes[mark]}</svg>`;
}

/** The icon as a URI that needs no file. */
export const markIconUri = (mark: ProbeMark, theme: MarkTheme): string =>
  `data:image/svg+xml;base64,${Buffer.from(markIcon(mark, theme)).toString('base64')}`;
