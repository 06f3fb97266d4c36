import { globToRegExp } from '../../load/globs.ts';

/**
 * Places that the owner of a service has closed to probes: globs of files, relative to the root, each with a pattern of
 * functions behind a colon or without: `src/auth/**`, `src/pay.ts:Card.*`, `:*password*`.
 */
export function closedPlaces(patterns: readonly string[]): (file: string, functionName: string) => boolean {
  const closed = patterns.map((pattern) => {
    const colon = pattern.lastIndexOf(':');
    const file = colon < 0 ? pattern : pattern.slice(0, colon);
    return {
      file: file === '' ? undefined : globToRegExp(file),
      name: colon < 0 ? undefined : nameToRegExp(pattern.slice(colon + 1)),
    };
  });
  return (file, functionName) =>
    closed.some((one) => (one.file?.test(file) ?? true) && (one.name?.test(functionName) ?? true));
}

/** `*` stands for anything; a function within one that is closed is closed, too. */
function nameToRegExp(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^(?:(?:get|set) )?${parts.join('.*')}(?:\\..*)?$`);
}
