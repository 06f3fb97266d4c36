/** The command line as it is shipped (one bundle, the launcher, a sensor beside it), in a folder with a blank in its name. */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { cliBundle, hookBundle } from '../../cli/build.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

export interface BundledCli {
  readonly folder: string;
  /** The launcher: what a user's `runlens` is. */
  readonly launcher: string;
  readonly bundle: string;
  /** `dist/sensor`, empty until somebody puts a sensor there. */
  readonly sensorFolder: string;
  remove(): Promise<void>;
}

export async function bundleCli(): Promise<BundledCli> {
  const folder = await mkdtemp(join(tmpdir(), 'runlens bundle '));
  const bundle = join(folder, 'dist', 'runlens.mjs');
  const sensorFolder = join(folder, 'dist', 'sensor');
  await mkdir(sensorFolder, { recursive: true });
  const common = { absWorkingDir: repository, logLevel: 'warning' } as const;
  await build({ ...common, ...cliBundle, outfile: bundle });
  await build({ ...common, ...hookBundle, outfile: join(folder, 'dist', 'runlens-hook.mjs') });
  await cp(join(repository, 'cli', 'bin'), join(folder, 'bin'), { recursive: true });
  return {
    folder,
    launcher: join(folder, 'bin', 'runlens.mjs'),
    bundle,
    sensorFolder,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A sensor that only tells, as the first line of the service's output, that it was loaded and what it was told. */
export async function placeTellingSensor({ sensorFolder }: BundledCli): Promise<void> {
  await writeFile(join(sensorFolder, 'package.json'), '{"type":"module"}\n');
  await writeFile(
    join(sensorFolder, 'register.js'),
    `const { OTEL_SERVICE_NAME: service, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, RUNLENS_FLUSH_INTERVAL: interval } = process.env;
process.stdout.write(JSON.stringify({ sensor: 'loaded', service, endpoint, interval }) + '\\n');\n`,
  );
}
