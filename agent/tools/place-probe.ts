import {
  captureSchema,
  type ProbeRequest,
  probeKinds,
  probeLimits,
  probeRequestSchema,
  probeStatusSchema,
} from '@runlens/protocol';
import { z } from 'zod';
import { listed } from '../absence.ts';
import { probeDraft } from '../answer/probe-draft.ts';
import type { ProductionFacts } from '../facts.ts';
import { waitForHit } from '../probe-wait.ts';
import { fileInput, given } from '../query-input.ts';
import { defineTool } from '../tool.ts';

const { place, target } = probeRequestSchema.shape;
const shownCaptures = 3;
/** An agent's probe ends early: what it asks is for now. Seconds. */
const usualLife = 600;

export const waitInput = (usual: number) =>
  z
    .number()
    .min(0)
    .max(20)
    .default(usual)
    .describe(`Seconds to wait for something new to be told, at most 20. Default ${usual}.`);

export const placeProbe = defineTool({
  name: 'runlens_place_probe',
  title: 'Place a probe in a running service',
  description:
    'Puts a read-only probe at a line of a running service, with no restart: a `snapshot` of variables and stack, a `log` ' +
    'line with {expressions}, a `counter`, or a `timer`. Use it when the profile does not answer why. Expressions can only ' +
    'read; secrets are redacted in the service. An agent’s probe usually waits for a person’s approval: the answer says so. ' +
    'It waits some seconds for a first hit, and otherwise returns the id to read later by runlens_read_captures. Probes end ' +
    'with your session; remove what you no longer need.',
  effect: 'places',
  tokens: 1_200,
  inputSchema: z.object({
    kind: z.enum(probeKinds).describe('What to place.'),
    file: fileInput.describe('Path of the file as written, relative to the root of the repository, with `/`.'),
    line: place.shape.line.describe(
      'Line of the deployed text, from 1; with `at` entry or exit any line of the function.',
    ),
    at: place.shape.at.describe(
      '`line`: before its first statement; `entry`: as the function begins; `exit`: as it returns or throws, with the value.',
    ),
    function: place.shape.function.describe(
      'Qualified name of the function meant: a guard against a line that has moved.',
    ),
    blob: place.shape.blob.describe(
      'Git’s blob id (`git hash-object FILE`) of the text that the line was read in: a service that runs another text refuses.',
    ),
    service: target.shape.service
      .optional()
      .describe('Name of the service; without it the one that there is, if there is one only.'),
    environment: target.shape.environment.describe('Only in this environment.'),
    version: target.shape.version.describe('Only in this deployed version.'),
    condition: probeRequestSchema.shape.condition.describe(
      'Only hits for which this is true, such as `response.status === 500`.',
    ),
    expressions: probeRequestSchema.shape.expressions.describe('Snapshot: values to read beside arguments and locals.'),
    message: probeRequestSchema.shape.message.describe('Log: the line, such as `order {order.id} took {ms}`.'),
    by: probeRequestSchema.shape.by.describe('Counter and timer: told apart by this value.'),
    untilLine: place.shape.untilLine.describe('Timer: from `line` to this line; without it the whole function.'),
    hits: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe('Snapshot and log: ends after so many. Default 3 for a snapshot.'),
    seconds: z
      .int()
      .min(probeLimits.shortestLife)
      .max(3_600)
      .default(usualLife)
      .describe(`How long it lives, in seconds. Default ${usualLife}.`),
    reason: z
      .string()
      .min(1)
      .max(probeLimits.reason)
      .describe('Why, in a sentence: shown to the person who approves, and kept in the audit log.'),
    waitSeconds: waitInput(5),
  }),
  outputSchema: z.object({ status: probeStatusSchema, captures: z.array(captureSchema) }),

  async handle(input, { facts, signal }) {
    const service = input.service ?? (await onlyService(facts, signal));
    if (typeof service !== 'string') return { kind: 'nothing', message: service.problem };
    const checked = probeRequestSchema.safeParse(requestOf(input, service));
    if (!checked.success) {
      return { kind: 'nothing', message: checked.error.issues.map(({ message }) => message).join('; ') };
    }
    const placed = await facts.probes.place(checked.data, signal);
    await waitForHit(facts.probes, placed, input.waitSeconds, signal);
    const { probe, captures } = await facts.probes.captures(placed.probe.id, { limit: shownCaptures }, signal);
    return { kind: 'answer', output: { status: probe, captures: [...captures] } };
  },

  draft: ({ status, captures }, { now }) => probeDraft(status, captures, now),
});

interface Input {
  readonly kind: ProbeRequest['kind'];
  readonly file: string;
  readonly line: number;
  readonly at: ProbeRequest['place']['at'];
  readonly function?: string | undefined;
  readonly blob?: string | undefined;
  readonly environment?: string | undefined;
  readonly version?: string | undefined;
  readonly condition?: string | undefined;
  readonly expressions?: string[] | undefined;
  readonly message?: string | undefined;
  readonly by?: string | undefined;
  readonly untilLine?: number | undefined;
  readonly hits?: number | undefined;
  readonly seconds: number;
  readonly reason: string;
}

const usualSnapshots = 3;

function requestOf(input: Input, service: string): object {
  const { kind, file, line, at, blob, environment, version, condition, expressions, message, by, untilLine } = input;
  return given({
    kind,
    place: given({ file, line, at, function: input.function, blob, untilLine }),
    target: given({ service, environment, version }),
    condition,
    expressions,
    message,
    by,
    hits: input.hits ?? (kind === 'snapshot' ? usualSnapshots : undefined),
    life: input.seconds,
    reason: input.reason,
  });
}

async function onlyService(
  facts: ProductionFacts,
  signal: AbortSignal | undefined,
): Promise<string | { readonly problem: string }> {
  const { services } = await facts.services(signal);
  const [only, ...others] = services.map(({ name }) => name);
  if (only === undefined) return { problem: 'No service has reported to this collector, so there is none to probe.' };
  if (others.length > 0) {
    return {
      problem: `Several services report: name one as \`service\`, of ${listed(services.map(({ name }) => name))}.`,
    };
  }
  return only;
}
