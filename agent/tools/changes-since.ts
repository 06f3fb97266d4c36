import {
  compareResponseSchema,
  eventKindNames,
  formatAge,
  parseInstant,
  productionEventSchema,
  type ServicesResponse,
} from '@runlens/protocol';
import { z } from 'zod';
import { missingInScope } from '../absence.ts';
import {
  differenceFacts,
  differenceRows,
  differenceWords,
  sideNumbers,
  trafficWords,
} from '../answer/comparison-rows.ts';
import { contextVersion } from '../answer/context-version.ts';
import { cell } from '../answer/function-rows.ts';
import type { DataLine } from '../answer/model-answer.ts';
import { scopeWords } from '../answer/scope-words.ts';
import { limitedSentence, sensorsLimited } from '../limits-of-knowledge.ts';
import { given, scopeInput } from '../query-input.ts';
import { neutralise } from '../text/hostile.ts';
import { defineTool } from '../tool.ts';
import { stateWords } from './events.ts';

const minute = 60_000;
/** Windows shorter than this say nothing: what is newer is compared with as long before. */
const leastWindow = 5 * minute;
/** Who sent nothing for so long is silent. */
const silentMilliseconds = 5 * minute;
/** More services at once would be a long answer; the others are named. */
const mostCompared = 4;
/** More are told by their own tool. */
const mostEvents = 30;

const placeSchema = z.object({ service: z.string(), environment: z.string() });
const versionSchema = placeSchema.extend({ version: z.string(), revision: z.string().optional() });

export const changesSince = defineTool({
  name: 'runlens_changes_since',
  title: 'What has changed in production',
  description:
    'Tells what has changed in production since an answer that you have (its contextVersion) or since a time: new versions, ' +
    'services that went silent, functions that are slower, fail more or are called more or less than as long before, by ' +
    'more than chance, new errors and new queries, alerts and deployments. Use it when you come back to a task, after a deploy, or before you rely ' +
    'on an earlier answer.',
  tokens: 800,
  inputSchema: z.object({
    since: z
      .string()
      .max(40)
      .refine((text) => isContextVersion(text) || parseInstant(text, 0) !== undefined, {
        message:
          'give the contextVersion of an earlier answer, a length back from now such as 15m or 24h, or an instant in ISO 8601',
      })
      .default('1h')
      .describe('The `contextVersion` of an earlier answer, or `15m`, `1h`, `24h`, `7d`, or an instant in ISO 8601.'),
    service: scopeInput.service,
    environment: scopeInput.environment.describe('Without it, every environment.'),
    limit: z.int().min(1).max(200).default(30).describe('How many functions of a service to return.'),
  }),
  outputSchema: z.object({
    now: z.string(),
    since: z.string(),
    newVersions: z.array(versionSchema.extend({ firstSeen: z.string() })),
    silent: z.array(placeSchema.extend({ lastSeen: z.string() })),
    comparisons: z.array(compareResponseSchema),
    /** Services and environments that were not compared: too many, or too early. */
    notCompared: z.array(placeSchema.extend({ reason: z.string() })),
    limited: z.boolean(),
    /** Those that began or ended since, and those that fire; what firing concerns comes with it. */
    events: z.array(productionEventSchema),
  }),

  async handle({ since: asked, limit, ...scope }, { facts, told, signal }) {
    const services = await facts.services(signal);
    const missing = missingInScope(services, scope);
    if (missing !== undefined) return { kind: 'nothing', message: missing };
    const now = Date.parse(services.now);
    const since = isContextVersion(asked) ? told?.when(asked) : parseInstant(asked, now);
    if (since === undefined) {
      return {
        kind: 'nothing',
        message: `Nobody here has told ${asked}: it is of another session, or too old. Give a time instead, such as 1h.`,
      };
    }
    if (since >= now) return { kind: 'nothing', message: 'That is not over yet: give a time that lies back.' };
    const places = placesOf(services, scope);
    const seen = places.filter(({ lastSeen }) => lastSeen >= since);
    const running = seen.filter(({ lastSeen }) => lastSeen >= now - silentMilliseconds);
    // Whole minutes are compared: so who asks again within one has the same answer at once.
    const start = Math.floor(Math.min(since, now - leastWindow) / minute) * minute;
    const window = { of: 'windows' as const, since: new Date(start).toISOString(), limit };
    const [{ events }, ...compared] = await Promise.all([
      facts.events({ ...given(scope), since: new Date(since).toISOString(), limit: mostEvents }, signal),
      ...running
        .slice(0, mostCompared)
        .map(({ service, environment }) => facts.compare({ ...given(window), service, environment }, signal)),
    ]);
    return {
      kind: 'answer',
      output: {
        now: services.now,
        since: new Date(since).toISOString(),
        newVersions: places.flatMap(({ service, environment, versions }) =>
          versions
            .filter(({ firstSeen }) => Date.parse(firstSeen) > since)
            .map(({ version, revision, firstSeen }) => ({
              ...{ service, environment, version, firstSeen },
              ...(revision !== undefined && { revision }),
            })),
        ),
        silent: seen
          .filter((place) => !running.includes(place))
          .map(({ service, environment, lastSeen }) => ({
            ...{ service, environment },
            lastSeen: new Date(lastSeen).toISOString(),
          })),
        comparisons: compared.filter(({ tooEarly }) => tooEarly === undefined),
        notCompared: [
          ...compared.flatMap(({ service, environment, tooEarly }) =>
            tooEarly === undefined ? [] : [{ service, environment, reason: tooEarly }],
          ),
          ...running.slice(mostCompared).map(({ service, environment }) => ({
            ...{ service, environment },
            reason: 'Too many at once: ask for this service.',
          })),
        ],
        limited: sensorsLimited(services, scope),
        // Told above.
        events: events.filter(({ kind }) => kind !== 'newVersion' && kind !== 'silent'),
      },
    };
  },

  draft(output, { now }) {
    const { since, newVersions, silent, comparisons, notCompared, limited, events } = output;
    const firing = events.filter(({ state }) => state === 'firing').length;
    const differences = comparisons.flatMap((each) => differenceWords(each) ?? []);
    const several = comparisons.length > 1;
    const changes = [
      ...(newVersions.length > 0
        ? [`${newVersions.length} new ${newVersions.length === 1 ? 'version' : 'versions'}`]
        : []),
      ...(silent.length > 0 ? [`${silent.length} ${silent.length === 1 ? 'service' : 'services'} silent`] : []),
      ...(events.length > 0 ? [`${events.length} ${events.length === 1 ? 'event' : 'events'}, ${firing} firing`] : []),
      ...comparisons.flatMap((each) => trafficWords(each) ?? []),
      ...differences,
    ];
    const age = formatAge(now - Date.parse(since));
    const whereOf = ({ service, environment }: { readonly service: string; readonly environment: string }) =>
      `${cell(service)} ${cell(environment)}`;
    const data: DataLine[] = [
      ...events.map((each, i) => ({
        value: (each.state === 'firing' ? 5_000 : 2_800) - i,
        text: `event ${each.id}: ${stateWords(each, now)}, ${each.severity}, ${whereOf({ service: each.service ?? '–', environment: each.environment ?? '–' })}: ${eventKindNames[each.kind]}: ${cell(each.title)}`,
      })),
      ...silent.map((each, i) => ({
        value: 4_000 - i,
        text: `silent: ${whereOf(each)}, last heard of ${formatAge(now - Date.parse(each.lastSeen))}`,
      })),
      ...newVersions.map((each, i) => ({
        value: 3_000 - i,
        text: `new version: ${whereOf(each)} ${cell(each.version)}, ${formatAge(now - Date.parse(each.firstSeen))}`,
      })),
      ...comparisons.flatMap((each) => {
        const rows = differenceRows(each);
        return several && rows.length > 0 ? [{ value: 2_500, text: `in ${whereOf(each)}:` }, ...rows] : rows;
      }),
      ...notCompared.map((each, i) => ({
        value: 100 - i,
        text: `not compared: ${whereOf(each)}: ${neutralise(each.reason, 300)}`,
      })),
    ];
    const [first] = comparisons;
    return {
      verdict: `Since ${since} (${age}): ${changes.length === 0 ? (comparisons.length === 0 ? 'no new version and no silent service; functions could not be compared' : 'nothing that matters has changed') : changes.join('; ')}`,
      baseline:
        first === undefined
          ? 'none: too little was measured'
          : `as long before: ${comparisons.length === 1 ? `${sideNumbers(first.base)}; now ${sideNumbers(first.now)}` : `${comparisons.length} services, each with itself`}`,
      scope: `${scopeWords(
        [...comparisons, ...notCompared, ...silent].map((each) => ({ ...each, versions: [] })),
        undefined,
        now,
      )}${first === undefined ? '' : ` · ${first.now.window.since} to ${first.now.window.until}`}`,
      sample: `${comparisons.reduce((sum, { tested }) => sum + tested, 0)} of ${comparisons.reduce((sum, { compared }) => sum + compared, 0)} functions have calls enough to be tested; newest data ${formatAge(now - Date.parse(output.now))}`,
      unknown: [
        'Small samples stay silent, which proves nothing.',
        ...(notCompared.length > 0 ? [`${notCompared.length} not compared.`] : []),
        ...(limited ? [limitedSentence] : []),
      ],
      data,
      cut: comparisons.some(({ truncated }) => truncated)
        ? 'functions that differ less: ask with a higher limit, or for one service'
        : undefined,
      contextVersion: contextVersion([
        newVersions.map(({ service, environment, version }) => [service, environment, version]),
        silent.map(({ service, environment }) => [service, environment]),
        events.map(({ id, state, severity }) => [id, state, severity]),
        comparisons.map(differenceFacts),
      ]),
      remedy: 'ask with a higher maxTokens, or for one service',
    };
  },
});

function isContextVersion(text: string): boolean {
  return /^cv-[0-9a-f]{8}$/.test(text);
}

interface Place {
  readonly service: string;
  readonly environment: string;
  /** Milliseconds since 1970. */
  readonly lastSeen: number;
  readonly versions: ServicesResponse['services'][number]['environments'][number]['versions'];
}

/** Heard of last first. */
function placesOf(
  { services }: ServicesResponse,
  scope: { readonly service?: string | undefined; readonly environment?: string | undefined },
): readonly Place[] {
  return services
    .filter(({ name }) => scope.service === undefined || name === scope.service)
    .flatMap(({ name: service, environments }) =>
      environments
        .filter(({ name }) => scope.environment === undefined || name === scope.environment)
        .map(({ name: environment, lastSeen, versions }) => ({
          ...{ service, environment, versions },
          lastSeen: Date.parse(lastSeen),
        })),
    )
    .sort((one, other) => other.lastSeen - one.lastSeen);
}
