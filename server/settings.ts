/** The configuration as the client sends it, checked: a wrong part is left at its default and never stops the server. */
import { lensStyles } from '@runlens/protocol/lens-template';
import { lensCallbacks, type ServerConfiguration } from '@runlens/protocol/lsp';
import { defaultWindow, parseLength } from '@runlens/protocol/window';
import { z } from 'zod';

const text = z.string().min(1).optional().catch(undefined);

const configurationSchema = z.object({
  collectorUrl: text,
  token: text,
  home: text,
  cacheFolder: text,
  selection: z
    .object({
      service: text,
      environment: text,
      version: text,
      window: z
        .string()
        .refine((window) => parseLength(window) !== undefined)
        .catch(defaultWindow),
    })
    .catch({ window: defaultWindow }),
  lens: z
    .object({
      enabled: z.boolean().catch(true),
      position: z.enum(['above', 'endOfLine', 'none']).catch('above'),
      showAbsent: z.boolean().catch(true),
      callbacks: z.enum(lensCallbacks).default('multiline').catch('multiline'),
      style: z.enum(lensStyles).default('full').catch('full'),
      template: text,
      minimumCalls: z.number().nonnegative().default(0).catch(0),
      offIn: z.array(z.string()).default([]).catch([]),
      beside: text,
    })
    .catch({
      enabled: true,
      position: 'above',
      showAbsent: true,
      callbacks: 'multiline',
      style: 'full',
      minimumCalls: 0,
      offIn: [],
    }),
  // What cannot be read as `true` is no trust.
  trusted: z.boolean().catch(false).optional(),
  pathMappings: z.array(z.object({ workspace: z.string(), deployed: z.string() })).catch([]),
});

/** The configuration out of whatever a client sent. */
export function readConfiguration(sent: unknown): ServerConfiguration {
  const given = typeof sent === 'object' && sent !== null ? sent : {};
  const { selection, lens, collectorUrl, token, home, cacheFolder, trusted, ...rest } =
    configurationSchema.parse(given);
  const { template, beside, ...lensRest } = lens;
  return {
    ...rest,
    ...present({ collectorUrl, token, home, cacheFolder, trusted }),
    lens: { ...lensRest, ...present({ template, beside }) },
    selection: { window: selection.window, ...present(selection) },
  };
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function present<T extends object>(values: T): Present<T> {
  // The entries that are left are exactly the keys of T whose values are not undefined.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>;
}
