/**
 * What a probe has seen: values as data, cut and redacted in the service before they leave its process.
 *
 * A value is small JSON, so that a capture of 64 KB holds much; `t` tells the type, and the rest depends on it.
 */
import { z } from 'zod';

/** Why something is not there. `redacted`: it was, and must not be seen. */
export const cutReasons = ['depth', 'fields', 'elements', 'characters', 'bytes', 'time', 'large', 'redacted'] as const;
export type CutReason = (typeof cutReasons)[number];

export interface CapturedValue {
  /**
   * Primitives: `string`, `number`, `bigint`, `boolean`, `symbol`, `undefined`, `null`. Objects: `object`, `array`, `map`,
   * `set`, `date`, `regexp`, `error`, `function`, `promise`, `buffer` (also typed arrays), `weak`, `proxy`, `module`.
   * Others: `accessor` (a getter, which is never run), `unset` (a name before its declaration), `redacted`, `ref`.
   */
  readonly t: string;
  /** The value of a primitive as text; of a date in ISO 8601; of a function its name; of a symbol its description. */
  readonly v?: string | undefined;
  /** The name of the object's class. */
  readonly c?: string | undefined;
  /** Length of a string, array, Map, Set or buffer, where more than is shown. */
  readonly n?: number | undefined;
  /** Own data properties, by name. */
  readonly f?: readonly (readonly [string, CapturedValue])[] | undefined;
  /** Elements of an array or Set. */
  readonly e?: readonly CapturedValue[] | undefined;
  /** Entries of a Map. */
  readonly m?: readonly (readonly [CapturedValue, CapturedValue])[] | undefined;
  /** Of an object that is met again: its number, to which a `ref` points. */
  readonly id?: number | undefined;
  /** Of a `ref`. */
  readonly to?: number | undefined;
  /** Why it is not whole. Of `redacted`: nothing else is told. */
  readonly x?: CutReason | undefined;
}

export const capturedValueSchema: z.ZodType<CapturedValue> = z.lazy(() =>
  z.object({
    t: z.string().max(16),
    v: z.string().max(16_384).optional(),
    c: z.string().max(256).optional(),
    n: z.number().nonnegative().optional(),
    f: z.array(z.tuple([z.string().max(512), capturedValueSchema])).optional(),
    e: z.array(capturedValueSchema).optional(),
    m: z.array(z.tuple([capturedValueSchema, capturedValueSchema])).optional(),
    id: z.int().nonnegative().optional(),
    to: z.int().nonnegative().optional(),
    x: z.enum(cutReasons).optional(),
  }),
);

export const capturedFrameSchema = z.object({
  function: z.string().max(512),
  /** Of the source as written, relative to the repository's root; absent for code that is not the service's own. */
  file: z.string().max(1024).optional(),
  line: z.int().positive().optional(),
  column: z.int().positive().optional(),
});
export type CapturedFrame = z.infer<typeof capturedFrameSchema>;

const named = z.array(z.tuple([z.string().max(512), capturedValueSchema]));

export const captureSchema = z.object({
  id: z.string().regex(/^c-[0-9a-z]{8,40}$/),
  probe: z.string(),
  kind: z.enum(['snapshot', 'log']),
  at: z.iso.datetime(),
  service: z.string(),
  environment: z.string(),
  version: z.string(),
  instance: z.string(),
  file: z.string(),
  function: z.string(),
  line: z.int().positive(),
  /** Snapshot. Each by its name in the source as written. */
  values: z
    .object({
      this: capturedValueSchema.optional(),
      arguments: named.optional(),
      locals: named.optional(),
      closure: named.optional(),
      /** At exit. */
      returned: capturedValueSchema.optional(),
      thrown: capturedValueSchema.optional(),
    })
    .optional(),
  /** By the text of the expression; `error` where it could not be read. */
  expressions: z
    .array(z.object({ text: z.string(), value: capturedValueSchema.optional(), error: z.string().optional() }))
    .optional(),
  /** Log. */
  message: z.string().max(16_384).optional(),
  level: z.enum(['debug', 'info', 'warn', 'error']).optional(),
  stack: z.array(capturedFrameSchema).optional(),
  /** The route or job at hand. */
  entry: z.string().max(512).optional(),
  traceId: z.string().max(64).optional(),
  spanId: z.string().max(32).optional(),
  /** At exit: seconds since the function's entry. */
  duration: z.number().nonnegative().optional(),
  /** Values that were not shown because they may be secret. */
  redacted: z.int().nonnegative(),
  /** What was cut, and why; empty: it is whole. */
  cut: z.array(z.enum(cutReasons)),
  /** Milliseconds of the service's thread. */
  cost: z.number().nonnegative(),
});
export type Capture = z.infer<typeof captureSchema>;
