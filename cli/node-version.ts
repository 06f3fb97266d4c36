/** The first Node with `node:sqlite`, which the collector needs. `bin/runlens.mjs` repeats it: it can import nothing. */
const needed = [22, 13] as const;

/** One sentence that says what to do when this version of Node (as `process.versions.node`) is too old. */
export function oldNodeSentence(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > needed[0] || (major === needed[0] && minor >= needed[1])) return undefined;
  return (
    `The runlens command needs Node ${needed.join('.')} or newer and this is Node ${version}: start it with a newer Node ` +
    '(your services may stay on theirs, from Node 20 on).'
  );
}
