import { requireLazily } from '../load/commonjs.ts';

type Environment = Record<string, string | undefined>;

/** In the environment of a measured service whose children are not to be measured: its process id. */
const mark = 'RUNLENS_CHILD_OF';

/** Tells the processes that this one starts from now on that they are children of a measured service. */
export function markChildren(environment: Environment, processId: number): void {
  environment[mark] = String(processId);
}

/** Whether a measured service started this process for something else than to be a part of itself. */
export function isChild(environment: Environment, processId: number): boolean {
  const parent = environment[mark];
  if (parent === undefined || parent === String(processId)) return false;
  // The workers of `cluster` answer the service's requests. Node has taken their mark out of the environment by now.
  const { isWorker } = requireLazily('node:cluster') as typeof import('node:cluster').default;
  return !isWorker;
}
