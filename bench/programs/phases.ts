/** Tells how much CPU time each part of a program took, for programs that run once from start to end. */
const started = process.cpuUsage();
let last = 0;
const phases: Record<string, number> = {};

/** Ends a phase: the CPU time of the process since the end of the one before, in microseconds. */
export function phase(name: string): void {
  const { user, system } = process.cpuUsage(started);
  phases[name] = user + system - last;
  last = user + system;
}

/** Writes the phases as a line of JSON; `outcome` must be the same however the program was measured. */
export function tellPhases(outcome: string): void {
  console.log(JSON.stringify({ phases, outcome }));
}
