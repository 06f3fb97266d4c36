/** The text of a lens as a person writes it: placeholders, and words between them. */

/** What a template can name, with what it stands for, as the settings and the docs tell it. */
export const lensPlaceholders = {
  rate: 'calls a minute, as `40.2k/min`',
  calls: 'calls in the window',
  p50: 'the median duration',
  p90: 'the 90th percentile',
  p95: 'the 95th percentile',
  p99: 'the 99th percentile; left out below 20 timed calls',
  max: 'the longest call',
  mean: 'the mean duration',
  total: 'all durations together',
  share: "the share of the service's time",
  errors: 'the share of calls that failed; left out where none did',
  failed: 'how many calls failed; left out where none did',
  samples: 'how many calls were timed; left out from 100 on',
  instances: 'how many instances report',
  service: "the service's name",
  environment: "the environment's name",
  version: 'the newest version',
  place: 'environment and version, as `production v42`',
} as const;

export type LensPlaceholder = keyof typeof lensPlaceholders;

export const lensStyles = ['full', 'compact'] as const;
export type LensStyle = (typeof lensStyles)[number];

/** The templates behind the styles. */
export const lensStyleTemplates: Readonly<Record<LensStyle, string>> = {
  full: '{rate} · p50 {p50} · p99 {p99} · n={samples} · {errors} errors · {place}',
  compact: '{rate} · {p50} · {errors} err · {environment}',
};

/** Between two parts. A part in which something is not known is left out. */
export const lensSeparator = ' · ';

/** Pieces of a part: text as it is, and what is to be filled in. */
export type LensPart = readonly (string | { readonly placeholder: LensPlaceholder })[];

export type LensTemplate =
  | { readonly kind: 'template'; readonly parts: readonly LensPart[] }
  /** A sentence that says what is wrong, and what to write. */
  | { readonly kind: 'wrong'; readonly message: string };

/** Characters. */
const longestTemplate = 200;

const isPlaceholder = (name: string): name is LensPlaceholder => Object.hasOwn(lensPlaceholders, name);

/**
 * Reads a template such as `{rate} · p99 {p99} · {environment}`. The environment is always there: where the template does
 * not name it, it comes last.
 */
export function parseLensTemplate(text: string): LensTemplate {
  const wrong = (problem: string): LensTemplate => ({
    kind: 'wrong',
    message: `runlens.lens.template ${problem}. The lens has its usual text until then.`,
  });
  if (text.length > longestTemplate) {
    return wrong(`is ${text.length} characters long: write one of at most ${longestTemplate}`);
  }
  if (/[\p{Cc}\u2028\u2029]/u.test(text))
    return wrong('has a line end or another control character: write it on one line');
  const names = new Set<LensPlaceholder>();
  const parts: LensPart[] = [];
  for (const part of text.split('·')) {
    const pieces: (string | { placeholder: LensPlaceholder })[] = [];
    for (const piece of part.trim().split(/(\{[^{}]*\})/)) {
      const name = /^\{\s*([^{}]*?)\s*\}$/.exec(piece)?.[1];
      if (name === undefined) {
        if (/[{}]/.test(piece))
          return wrong('has a brace that is not closed or not opened: write placeholders as {rate}');
        if (piece !== '') pieces.push(piece);
        continue;
      }
      if (!isPlaceholder(name)) {
        return wrong(`names {${name}}, which there is not: there are ${Object.keys(lensPlaceholders).join(', ')}`);
      }
      names.add(name);
      pieces.push({ placeholder: name });
    }
    if (pieces.length > 0) parts.push(pieces);
  }
  if (names.size === 0) return wrong('has no placeholder: write at least one, such as {rate}');
  if (!names.has('environment') && !names.has('place')) parts.push([{ placeholder: 'environment' }]);
  return { kind: 'template', parts };
}

/** Fills in a template; a part with a value that is absent is left out. */
export function fillLensTemplate(
  parts: readonly LensPart[],
  value: (placeholder: LensPlaceholder) => string | undefined,
): string {
  const texts = parts.map((part) => {
    let text = '';
    for (const piece of part) {
      const filled = typeof piece === 'string' ? piece : value(piece.placeholder);
      if (filled === undefined || filled === '') return '';
      text += filled;
    }
    return text;
  });
  return texts.filter((text) => text !== '').join(lensSeparator);
}
