/** Why a function has no twin, so that its lines cannot be probed. Kept in plans by its place here: append only. */
export const twinRefusals = {
  disabled: 'probes are turned off in this process (RUNLENS_PROBES)',
  growth: 'its file would grow too much: it contains too much of the file',
  size: 'it is too long',
  eval: 'it calls eval, which may see or change every name in it',
  with: 'it has a with statement, or is inside one',
  literal:
    'it has a literal over several lines that cannot be written in one: a tagged template behind new, or with escaped line ends',
  syntax: 'it has syntax that runs only after another step (JSX, decorators, parameter properties)',
  arguments: 'it uses arguments together with super or new.target, or names something arguments',
  callee: 'it uses arguments.callee, which would be another function',
  parameters: 'a function in its parameters uses a parameter, or two parameters have the same name',
  generator: 'it is a generator that uses super, or arguments beside default values',
  ownName: 'it assigns to its own name',
  parser: 'it was read by a parser that does not tell enough',
} as const satisfies Readonly<Record<string, string>>;

export type TwinRefusal = keyof typeof twinRefusals;

// The keys are those above.
export const twinRefusalCodes = Object.keys(twinRefusals) as readonly TwinRefusal[];
