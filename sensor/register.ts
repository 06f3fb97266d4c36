import { workerData } from 'node:worker_threads';
import { readConfiguration } from './configuration.ts';
import { messageOf, warn } from './log.ts';
import { ownThreadMark } from './own-thread.ts';
import { isChild } from './processes/child-mark.ts';
import { startSensor } from './sensor.ts';

/** The entry: `node --import @runlens/sensor app.js`. */
const started = Symbol.for('runlens.sensor.started');

const isOwn = typeof workerData === 'object' && workerData !== null && ownThreadMark in workerData;

if (!Reflect.has(globalThis, started) && !isOwn) {
  // Preloaded twice, by NODE_OPTIONS and on the command line: once is enough.
  Object.defineProperty(globalThis, started, { value: true });
  try {
    const configuration = readConfiguration(process.env);
    if (configuration.enabled && (configuration.children || !isChild(process.env, process.pid)))
      startSensor(configuration);
  } catch (error) {
    warn(`the sensor could not start: ${messageOf(error)}`);
  }
}
