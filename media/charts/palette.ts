/** The colours of the theme, for canvases: these cannot read CSS variables by themselves. */

export interface Palette {
  readonly foreground: string;
  readonly muted: string;
  readonly background: string;
  readonly grid: string;
  readonly focus: string;
  readonly calls: string;
  readonly errors: string;
  readonly latency: string;
  readonly deploy: string;
  /** Of heat 1 to 4. */
  readonly heat: readonly [string, string, string, string];
  readonly font: string;
  /** Themes of high contrast draw by outlines. */
  readonly highContrast: boolean;
}

function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const highContrast = /(^| )vscode-high-contrast/.test(document.body.className);
  const read = (fallback: string, ...names: readonly string[]): string =>
    names.map((name) => style.getPropertyValue(`--vscode-${name}`).trim()).find((value) => value !== '') ?? fallback;
  const foreground = read('#808080', 'foreground');
  return {
    foreground,
    muted: read(foreground, 'descriptionForeground'),
    background: read('transparent', 'editor-background'),
    grid: highContrast ? withAlpha(foreground, 0.35) : read('#80808040', 'editorWidget-border', 'panel-border'),
    focus: read(foreground, 'focusBorder'),
    calls: read('#3794ff', 'charts-blue'),
    errors: read('#f14c4c', 'charts-red'),
    latency: read('#b180d7', 'charts-purple'),
    // Orange of charts is half transparent in some themes.
    deploy: foreground,
    heat: [
      read('#5aa0f2', 'runlens-heat1'),
      read('#e0b040', 'runlens-heat2'),
      read('#f08a3c', 'runlens-heat3'),
      read('#ff5c5c', 'runlens-heat4'),
    ],
    font: `11px ${read('sans-serif', 'font-family')}`,
    highContrast,
  };
}

let current: Palette | undefined;
const listeners: (() => void)[] = [];

export function palette(): Palette {
  current ??= readPalette();
  return current;
}

/** Called when another theme is chosen; as long as the page lives. */
export function onPalette(listener: () => void): void {
  if (listeners.length === 0) {
    const observer = new MutationObserver(() => {
      const next = readPalette();
      if (JSON.stringify(next) === JSON.stringify(current)) return;
      current = next;
      for (const each of listeners) each();
    });
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
    observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
  }
  listeners.push(listener);
}

/** Colours of themes are `#rrggbb` or `#rrggbbaa`; others stay whole. */
export function withAlpha(colour: string, alpha: number): string {
  const digits = /^#([0-9a-f]{6})/i.exec(colour)?.[1];
  return digits === undefined
    ? colour
    : `#${digits}${Math.round(alpha * 255)
        .toString(16)
        .padStart(2, '0')}`;
}
