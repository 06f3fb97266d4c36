/** What the exit code of every command means; `docs/cli.md` tells it to users. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  notReachable: 3,
  unauthorized: 4,
  nothingFound: 5,
  /** `runlens review --fail-on`: the change has what was to fail on. */
  reviewFailed: 6,
  /** `runlens run`: as shells say that a command is there and cannot be run, or is not there. */
  notExecutable: 126,
  commandNotFound: 127,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
