/** Files of packages whose exports are hooked to learn for which route or queue something runs. */

/** A router's layers, in express 4 and in `router`, which express 5 is made of. */
const layerFile = /[\\/]node_modules[\\/](?:express[\\/]lib[\\/]router|router[\\/]lib)[\\/]layer\.js$/;
/** BullMQ has a build of modules too, but Node loads this one in either way. */
const bullmqFile = /[\\/]node_modules[\\/]bullmq[\\/]dist[\\/]cjs[\\/]classes[\\/]worker\.js$/;

export type HookedFile = 'express-layer' | 'bullmq-worker';

export function hookedFile(path: string): HookedFile | undefined {
  if (path.endsWith('layer.js')) return layerFile.test(path) ? 'express-layer' : undefined;
  return path.endsWith('worker.js') && bullmqFile.test(path) ? 'bullmq-worker' : undefined;
}
