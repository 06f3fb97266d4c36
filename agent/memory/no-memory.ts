/** Where there is no working copy, there is nothing to remember in. */
export const noMemoryHere = {
  kind: 'nothing',
  message:
    'There is no working copy here to remember in: memories are files of the repository. Start `runlens mcp` in it, or open its folder in the editor and trust it.',
} as const;
