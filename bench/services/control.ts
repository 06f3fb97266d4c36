/** What the benchmark asks of a service: the CPU time that the whole process has used so far, in microseconds. */
export function answerControl(): void {
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuMicroseconds: user + system });
  });
  process.on('disconnect', () => process.exit());
}

/** The line that says that the service is ready, and where. */
export function ready(url: string): void {
  console.log(JSON.stringify({ url }));
}
