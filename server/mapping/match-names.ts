/**
 * Which function of the editor's text a measured one is, when the deployed text cannot be had: by qualified name and
 * order alone. A name that is there as often on both sides pairs up in order of lines; otherwise it is ambiguous.
 */
export interface NamedFunction {
  readonly name: string;
  readonly line: number;
}

export interface NameMatches {
  /** Index in the editor's list by index in the deployed list. */
  readonly pairs: ReadonlyMap<number, number>;
  readonly ambiguous: ReadonlySet<number>;
}

export function matchNames(deployed: readonly NamedFunction[], editor: readonly NamedFunction[]): NameMatches {
  const pairs = new Map<number, number>();
  const ambiguous = new Set<number>();
  const ofDeployed = byName(deployed);
  const ofEditor = byName(editor);
  const namelessAgree = namelessCounts(deployed, editor);
  for (const [name, left] of ofDeployed) {
    const right = ofEditor.get(name);
    if (!right) continue;
    if (left.length !== right.length || !namelessAgree(name)) {
      for (const index of right) ambiguous.add(index);
      continue;
    }
    left.forEach((index, nth) => {
      const at = right[nth];
      if (at !== undefined) pairs.set(index, at);
    });
  }
  return { pairs, ambiguous };
}

function byName(functions: readonly NamedFunction[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  functions.forEach(({ name }, index) => {
    const members = groups.get(name);
    if (members) members.push(index);
    else groups.set(name, [index]);
  });
  for (const members of groups.values()) {
    members.sort((a, b) => (functions[a]?.line ?? 0) - (functions[b]?.line ?? 0));
  }
  return groups;
}

/** The number in `map(#2)` shifts with every nameless function before it, so it counts only where none came or went. */
function namelessCounts(
  deployed: readonly NamedFunction[],
  editor: readonly NamedFunction[],
): (name: string) => boolean {
  const left = countNameless(deployed);
  const right = countNameless(editor);
  return (name) => {
    for (let at = name.indexOf('(#'); at !== -1; at = name.indexOf('(#', at + 1)) {
      const enclosing = name.slice(0, Math.max(0, name.lastIndexOf('.', at)));
      if (left.get(enclosing) !== right.get(enclosing)) return false;
    }
    return true;
  };
}

/** The names of the nameless functions of each enclosing function, in one text. */
function countNameless(functions: readonly NamedFunction[]): Map<string, string> {
  const names = new Map<string, string[]>();
  for (const { name } of functions) {
    if (!/\(#\d+\)$/.test(name)) continue;
    const enclosing = name.slice(0, Math.max(0, name.lastIndexOf('.', name.lastIndexOf('(#'))));
    names.set(enclosing, [...(names.get(enclosing) ?? []), name]);
  }
  return new Map([...names].map(([enclosing, members]) => [enclosing, members.sort().join('\n')]));
}
