import { BroadcastChannel, getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';
import type { SensorLevel } from '@runlens/protocol/control-names';
import { sensorLevels } from './control.ts';

/**
 * The level of the process, for its other threads: the place of it in `sensorLevels`. One Int32, shared by all threads
 * that are started after the sensor's first file, which inherit it.
 */
const key = 'runlens.sensor.level';

export function sharedLevel(): Int32Array {
  const inherited: unknown = getEnvironmentData(key);
  if (inherited instanceof SharedArrayBuffer) return new Int32Array(inherited);
  const made = new SharedArrayBuffer(4);
  setEnvironmentData(key, made);
  return new Int32Array(made);
}

/** Tells the worker threads of the service; only the main thread does. */
export class LevelOfThreads {
  readonly #level: Int32Array = sharedLevel();
  /** The value is in the memory; this only says that it has changed. */
  #doorbell: BroadcastChannel | undefined;

  tell(level: SensorLevel): void {
    Atomics.store(this.#level, 0, sensorLevels.indexOf(level));
    this.#doorbell ??= new BroadcastChannel(key);
    // It would keep the process alive.
    this.#doorbell.unref();
    this.#doorbell.postMessage(null);
  }
}

/** In a worker thread: what the main thread says, now and whenever it changes. */
export function followLevel(apply: (level: SensorLevel) => void): void {
  if (isMainThread) return;
  const shared = sharedLevel();
  const look = (): void => apply(sensorLevels[Atomics.load(shared, 0)] ?? 'full');
  const doorbell = new BroadcastChannel(key);
  doorbell.onmessage = look;
  doorbell.unref();
  look();
}
