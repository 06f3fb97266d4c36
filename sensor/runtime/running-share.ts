import { busySeconds } from './busy-seconds.ts';
import { threadCpuSeconds } from './thread-cpu.ts';

const { cpuUsage } = process;

/** Where this thread's are not told those of the process stand for them. */
function cpuSeconds(): number {
  const own = threadCpuSeconds();
  if (own !== undefined) return own;
  const { user, system } = Reflect.apply(cpuUsage, process, []);
  return (user + system) / 1e6;
}

/**
 * How much of the time in which this thread was busy it had a core: on a machine with more to do than cores, what took a
 * millisecond on the clock took half of that of CPU time.
 */
export class RunningShare {
  #busy = busySeconds();
  #cpu = cpuSeconds();

  /** Since it was asked before; 0 to 1. Two calls of the operating system: for once in a while. */
  share(): number {
    const busy = busySeconds();
    const cpu = cpuSeconds();
    const share = busy > this.#busy ? Math.min(1, (cpu - this.#cpu) / (busy - this.#busy)) : 1;
    this.#busy = busy;
    this.#cpu = cpu;
    return share;
  }
}
