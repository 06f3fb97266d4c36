import { z } from 'zod';
import { type Mended, mendable } from './mended.ts';

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number, 0 for a free port')
  .transform(Number)
  .pipe(z.number().max(65_535, 'must be a port number up to 65535'));

const seconds = z
  .string()
  .regex(/^\d+(\.\d+)?$/, 'must be a number of seconds')
  .transform(Number)
  .pipe(z.number().min(0.05, 'must be at least 0.05 seconds').max(86_400, 'must be at most a day (86400)'));

const mended = z
  .string()
  .transform((names) => names.split(',').filter((name) => name !== ''))
  .pipe(z.array(z.enum(mendable, `must be some of ${mendable.join(',')}`)));

const environmentSchema = z.object({
  SHOP_HOST: z.string().min(1, 'must not be empty').default('127.0.0.1'),
  SHOP_PORT: port.default(3000),
  SHOP_DATABASE: z.string().min(1, 'must be a file or :memory:').default(':memory:'),
  SHOP_GATEWAY_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .default('http://127.0.0.1:3001'),
  SHOP_RECONCILE_SECONDS: seconds.default(20),
  SHOP_LOG_LEVEL: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('warn'),
  SHOP_MENDED: mended.default([]),
});

export interface Configuration {
  readonly host: string;
  readonly port: number;
  /** A file, or `:memory:`. */
  readonly database: string;
  readonly gatewayUrl: string;
  readonly reconcileSeconds: number;
  readonly logLevel: string;
  readonly mended: Mended;
}

export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** Reads the environment; throws a ConfigurationError that names every wrong variable and its value. */
export function readConfiguration(environment: NodeJS.ProcessEnv): Configuration {
  const result = environmentSchema.safeParse(environment);
  if (!result.success) {
    const complaints = result.error.issues.map((issue) => {
      const name = String(issue.path[0]);
      return `${name} ${issue.message} (it is ${JSON.stringify(environment[name])})`;
    });
    throw new ConfigurationError(complaints.join('\n'));
  }
  const values = result.data;
  return {
    host: values.SHOP_HOST,
    port: values.SHOP_PORT,
    database: values.SHOP_DATABASE,
    gatewayUrl: values.SHOP_GATEWAY_URL,
    reconcileSeconds: values.SHOP_RECONCILE_SECONDS,
    logLevel: values.SHOP_LOG_LEVEL,
    mended: new Set(values.SHOP_MENDED),
  };
}
