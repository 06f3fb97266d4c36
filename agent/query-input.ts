/** The parts of an input that several tools share. */
import { defaultWindow, parseInstant } from '@runlens/protocol';
import { z } from 'zod';

const name = z.string().min(1).max(1_000);

export const scopeInput = {
  service: name
    .optional()
    .describe('Name of the service (`service.name`); without it, every service that has the code.'),
  environment: name
    .optional()
    .describe('Deployment environment such as `production`; without it, each environment is told apart.'),
  version: name.optional().describe('Deployed version; without it, all versions in the window together.'),
  since: z
    .string()
    .max(40)
    // Whether the text is an instant does not depend on the present, so any present will do.
    .refine((text) => parseInstant(text, 0) !== undefined, {
      message: 'give a length back from now such as 15m, 1h, 24h or 7d, or an instant in ISO 8601',
    })
    .optional()
    .describe(
      `How far back: \`15m\`, \`1h\`, \`24h\`, \`7d\`, or an instant in ISO 8601. Default \`${defaultWindow}\`.`,
    ),
};

export const fileInput = z
  .string()
  .min(1)
  .max(4_096)
  .refine((path) => !/^([\\/]|[A-Za-z]:)/.test(path) && !path.split(/[\\/]/).includes('..'), {
    message: 'give the path relative to the root of the repository, with `/`',
  })
  .transform((path) => path.replaceAll('\\', '/').replace(/^(\.\/)+/, ''));

export const functionInput = z
  .string()
  .min(1)
  .max(1_000)
  .describe('Qualified name: `outer.inner`, `Class.method`, `object.key`, `get Class.property`, `caller.map(#1)`.');

export const probeIdInput = z
  .string()
  .regex(/^p-[0-9a-z]{8,32}$/, { message: 'give the id of a probe, as runlens_list_probes tells it' })
  .describe('The id of the probe, such as `p-0123456789ab`.');

export const folderInput = z
  .string()
  .min(1)
  .max(4_096)
  .optional()
  .describe('Only functions in files under this folder of the repository.');

/** Only what is set: an explicit `undefined` is not the same as an absent key. */
export function given<Value extends Record<string, unknown>>(
  values: Value,
): { [Key in keyof Value]?: Exclude<Value[Key], undefined> } {
  // Object.fromEntries knows only string keys; the keys left are keys of Value, and their values are not undefined.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Value]?: Exclude<Value[Key], undefined>;
  };
}
