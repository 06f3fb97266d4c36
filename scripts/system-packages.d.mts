/**
 * Installs those of these Debian packages that are missing. Quick when nothing is missing.
 * Throws an error that says what to install by hand where this cannot be done unasked, or when apt fails.
 */
export function ensureSystemPackages(names: readonly string[], log?: (line: string) => void): void;
