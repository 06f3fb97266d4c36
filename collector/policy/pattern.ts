/** Whether a text fits one of some patterns with `*`. */
export const fitsPattern = (patterns: readonly string[], text: string): boolean =>
  patterns.some((pattern) =>
    new RegExp(
      `^${pattern
        .split('*')
        .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
        .join('.*')}$`,
      's',
    ).test(text),
  );
