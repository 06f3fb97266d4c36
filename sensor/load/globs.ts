/**
 * A pattern of paths with `/`, relative to the root: `*` and `?` stay within a folder, `**` crosses folders, `{a,b}` is
 * either. A pattern that matches a folder matches all that is in it. Anchored at the root unless it starts with `**`.
 */
export function globToRegExp(glob: string): RegExp {
  const pattern = glob.replace(/^\.\//, '').replace(/\/+$/, '');
  let text = '';
  let braces = 0;
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    if (character === '*' && pattern.charAt(at + 1) === '*') {
      const wholeSegments = pattern.charAt(at + 2) === '/';
      text += wholeSegments ? '(?:[^/]+/)*' : '.*';
      at += wholeSegments ? 2 : 1;
    } else if (character === '*') text += '[^/]*';
    else if (character === '?') text += '[^/]';
    else if (character === '{' && pattern.includes('}', at)) {
      text += '(?:';
      braces += 1;
    } else if (character === '}' && braces > 0) {
      text += ')';
      braces -= 1;
    } else if (character === ',' && braces > 0) text += '|';
    else text += character.replace(/[\\^$.*+?()[\]{}|]/, '\\$&');
  }
  return new RegExp(`^${text}(?:/.*)?$`);
}

/** Whether a path matches one of the patterns. */
export function globMatcher(globs: readonly string[]): (path: string) => boolean {
  const patterns = globs.map(globToRegExp);
  return (path) => patterns.some((pattern) => pattern.test(path));
}
