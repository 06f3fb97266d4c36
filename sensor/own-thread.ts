/** In `workerData` of the sensor's own threads, so that it does not measure those. */
export const ownThreadMark = 'runlensThread';
