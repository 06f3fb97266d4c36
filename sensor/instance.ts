import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { requireLazily } from './load/commonjs.ts';

const key = 'runlens.service.instance.id';

/**
 * The `service.instance.id` of this process, where nobody has set one. Its worker threads inherit it, if it is asked for
 * before they start, and are told apart by `thread.id`.
 */
export function instanceId(): string {
  const inherited: unknown = getEnvironmentData(key);
  if (typeof inherited === 'string') return inherited;
  // Loaded here: it costs a start 1 ms. The type is the module's own.
  const { randomUUID } = requireLazily('node:crypto') as typeof import('node:crypto');
  const made = randomUUID();
  setEnvironmentData(key, made);
  return made;
}
