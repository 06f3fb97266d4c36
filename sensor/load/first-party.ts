import { isAbsolute, relative, sep } from 'node:path';
import { globMatcher } from './globs.ts';

export interface FirstPartyRules {
  /** Absolute path of the folder that the service's own code lies in. */
  readonly root: string;
  /** Globs of files to measure beside first-party ones. */
  readonly include: readonly string[];
  /** Globs of files to leave out; they win. */
  readonly exclude: readonly string[];
  /** Absolute path of the folder that the sensor itself was loaded from. */
  readonly ownFolder: string;
}

/** A path relative to the root, with `/`; one outside starts with `../` (or a drive). */
export function rootedPath(root: string, path: string): string {
  const rooted = relative(root, path);
  return sep === '/' ? rooted : rooted.replaceAll(sep, '/');
}

/** Package managers that are kept in a repository are tools, not the service. */
const tools = /^(?:\.yarn\/|\.pnp\.)/;

/** What `relative` would resolve. */
const unwhole = /\/(?:\/|\.\.?(?:\/|$)|$)/;

/**
 * Which files are the service's own: everything under the root that is not in a `node_modules`. What lies outside the
 * root (a globally installed tool, another project) is not, unless `include` names it.
 */
export function firstPartyFilter(rules: FirstPartyRules): (path: string) => boolean {
  const included = globMatcher(rules.include);
  const excluded = globMatcher(rules.exclude);
  const own = rules.ownFolder.endsWith(sep) ? rules.ownFolder : rules.ownFolder + sep;
  const within = rules.root.endsWith(sep) ? rules.root : rules.root + sep;
  const rootedHere = (path: string): string =>
    // As nearly all paths are, which Node has made whole: `relative` takes long in a process that has just started.
    sep === '/' && path.startsWith(within) && !unwhole.test(path)
      ? path.slice(within.length)
      : rootedPath(rules.root, path);
  return (path) => {
    // Code given by -e is called [eval]: it is no file, and not worth a parser.
    if (!isAbsolute(path) || path.startsWith(own)) return false;
    const rooted = rootedHere(path);
    if (rooted === '' || excluded(rooted)) return false;
    const outside = rooted.startsWith('../') || /^[A-Za-z]:/.test(rooted);
    if (outside || tools.test(rooted) || isInNodeModules(rooted)) return included(rooted);
    return true;
  };
}

/** Whether a path has a `node_modules` folder in it; takes both separators. */
export function isInNodeModules(path: string): boolean {
  return /(?:^|[\\/])node_modules[\\/]/.test(path);
}
