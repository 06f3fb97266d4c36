import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { program } from '../frame/compile.ts';
import { compiled, repository, sensorEntry } from '../frame/places.ts';

/** The ways in which the same program is run. */
export const variantNames = ['plain', 'plain again', 'istanbul', 'sensor'] as const;
export type VariantName = (typeof variantNames)[number];

export interface Launch {
  /** Options of Node, before the program. */
  readonly options: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

interface LaunchOptions {
  readonly collectorUrl: string;
  /** `service.name` of what is run. */
  readonly service: string;
  /** Folders and files beside the compiled programs, relative to the repository, whose functions are measured too. */
  readonly include: readonly string[];
}

/** Everything but the way of measuring is the same: the same program, the same environment. */
export function launch(variant: VariantName, { collectorUrl, service, include }: LaunchOptions): Launch {
  // What the caller's shell says to Node or to a sensor is no part of the comparison.
  const { NODE_OPTIONS: _options, RUNLENS_INCLUDE: _include, RUNLENS_EXCLUDE: _exclude, ...inherited } = process.env;
  const environment = { ...inherited, NODE_ENV: 'production' };
  switch (variant) {
    case 'plain':
    case 'plain again':
      return { options: [], environment };
    case 'istanbul':
      return {
        options: ['--require', program('programs/istanbul')],
        environment: {
          ...environment,
          ISTANBUL_FILES: JSON.stringify([
            join(compiled, 'services'),
            ...include.map((path) => join(repository, path)),
          ]),
          ISTANBUL_CACHE: join(tmpdir(), 'runlens-bench-istanbul'),
        },
      };
    case 'sensor':
      return {
        options: ['--import', sensorEntry],
        environment: {
          ...environment,
          OTEL_SERVICE_NAME: service,
          OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl,
          RUNLENS_ROOT: repository,
          RUNLENS_INCLUDE: include.join(','),
          // As `runlens run` sets it: ten times as often as a service in production.
          RUNLENS_FLUSH_INTERVAL: '1s',
        },
      };
  }
}
