import { busySeconds } from './busy-seconds.ts';

/** From Node 22.19 on the CPU time of a thread is told; before, that of the process stands for it. */
const threadCpuUsage: unknown = Reflect.get(process, 'threadCpuUsage');
const { cpuUsage } = process;

function cpuSeconds(): number {
  // What Node documents: microseconds, as of `process.cpuUsage`.
  const usage: unknown = Reflect.apply(typeof threadCpuUsage === 'function' ? threadCpuUsage : cpuUsage, process, []);
  const { user, system } = usage as NodeJS.CpuUsage;
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
