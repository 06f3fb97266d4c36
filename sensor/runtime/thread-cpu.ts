/** Captured before a program can replace it; there from Node 22.19 on. */
const threadCpuUsage: unknown = Reflect.get(process, 'threadCpuUsage');

/** CPU seconds of this thread since it began; undefined where this Node does not tell them. A call of the operating system. */
export function threadCpuSeconds(): number | undefined {
  if (typeof threadCpuUsage !== 'function') return undefined;
  // What Node documents: microseconds, as of `process.cpuUsage`.
  const { user, system } = Reflect.apply(threadCpuUsage, process, []) as NodeJS.CpuUsage;
  return (user + system) / 1e6;
}
