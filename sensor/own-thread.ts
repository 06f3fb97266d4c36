/** In `workerData` of the sensor's own threads, so that it does not measure those. */
export const ownThreadMark = 'runlensThread';

/** On the `Worker` of such a thread, in the thread that started it. */
export const isOwnThread = Symbol.for('runlens.sensor.thread');
