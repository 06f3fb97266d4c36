import { cpus, loadavg, totalmem } from 'node:os';

/** What a figure must be read with; no name of a machine, no path. */
export interface Machine {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly platform: string;
  readonly node: string;
  /** Processes that wanted a core, over the last minute, before the benchmark began. */
  readonly loadAverage: number;
}

export function describeMachine(): Machine {
  const all = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    loadAverage: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}

export function machineLine({ cpu, cores, memoryGigabytes, platform, node, loadAverage, date }: Machine): string {
  return `${date}: ${cores} cores of ${cpu}, ${memoryGigabytes} GB, ${platform}; tools on Node ${node}; load average at the start ${loadAverage}`;
}
