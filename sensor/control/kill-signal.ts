/**
 * Signals that do nothing of their own when a service is sent one by an operator. Node starts its inspector on SIGUSR1;
 * terminals, shells and hosts send the others.
 */
const usable = ['SIGUSR2', 'SIGPWR', 'SIGWINCH'] as const;
export type KillSignal = (typeof usable)[number];

/** The signal of that name; a sentence goes to `problems` where it cannot be used. */
export function killSignal(
  name: string | undefined,
  platform: NodeJS.Platform,
  problems: string[],
): KillSignal | undefined {
  if (name === undefined) return undefined;
  const found = usable.find((one) => one === name.toUpperCase());
  if (!found) {
    problems.push(
      `RUNLENS_KILL_SIGNAL=${name.slice(0, 40)} is not one of ${usable.join(', ')}; there is no such signal now`,
    );
  } else if (platform === 'win32' || (found === 'SIGPWR' && platform !== 'linux')) {
    problems.push(
      `RUNLENS_KILL_SIGNAL: ${found} cannot be sent on this system; "runlens sensors off SERVICE" does the same`,
    );
    return undefined;
  }
  return found;
}
