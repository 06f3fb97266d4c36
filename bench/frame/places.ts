import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const benchFolder = dirname(dirname(fileURLToPath(import.meta.url)));
export const repository = dirname(benchFolder);

/** What is shipped, built before each benchmark. */
export const dist = join(repository, 'dist');
export const sensorEntry = join(dist, 'sensor', 'register.js');

/** What is compiled for the Node versions that run no TypeScript. */
export const compiled = join(benchFolder, 'dist');
