import {
  eventKindNames,
  eventKinds,
  eventSeverities,
  eventStates,
  eventsResponseSchema,
  formatAge,
  type ProductionEvent,
  productionEventSchema,
} from '@runlens/protocol';
import { z } from 'zod';
import { absenceOfScope } from '../absence.ts';
import { contextVersion } from '../answer/context-version.ts';
import { cell } from '../answer/function-rows.ts';
import { headLine } from '../answer/model-answer.ts';
import { scopeWords } from '../answer/scope-words.ts';
import { given, scopeInput } from '../query-input.ts';
import { withinBudget } from '../text/budget.ts';
import { neutralise } from '../text/hostile.ts';
import { tableLines } from '../text/table.ts';
import { defineTool } from '../tool.ts';

const defaultSince = '24h';

const toldEventSchema = productionEventSchema.extend({
  /** Where one was asked for. */
  evidence: z.array(z.object({ at: z.string(), payload: z.string() })).optional(),
});
type ToldEvent = z.output<typeof toldEventSchema>;

export const events = defineTool({
  name: 'runlens_events',
  title: 'What happens in production',
  description:
    'Lists events of production: alerts and incidents of the monitoring, deployments, roll-backs and new versions, requests that fail or ' +
    'are slow beyond a threshold or what is usual, services that fell silent, new findings. What fires comes first, each with the ' +
    'functions that it concerns and how they were found. Use it first when something is wrong in production, before a deploy, and to ' +
    'tell what changed before a fault. With `id` all that is known of one, with what its sender sent.',
  tokens: 1_000,
  inputSchema: z.object({
    service: scopeInput.service,
    environment: scopeInput.environment,
    id: z.string().max(64).optional().describe('Only this event, with what its sender sent: `e-…`.'),
    kind: z.enum(eventKinds).optional().describe('Only events of this kind.'),
    state: z
      .enum([...eventStates, 'all'])
      .default('all')
      .describe('`firing`: those that are not over.'),
    severity: z.enum(eventSeverities).optional().describe('This severity or a worse one.'),
    since: scopeInput.since.describe(
      `Those that are over: from when on. \`1h\`, \`24h\`, \`7d\`, or an instant in ISO 8601. Default \`${defaultSince}\`.`,
    ),
    limit: z.int().min(1).max(200).default(20).describe('How many events to return.'),
  }),
  outputSchema: eventsResponseSchema.extend({ events: z.array(toldEventSchema) }),

  async handle({ id, limit, ...query }, { facts, signal }) {
    if (id !== undefined) {
      const event = await facts.event(id, signal);
      const services = await facts.services(signal);
      const firing = event.state === 'firing' ? 1 : 0;
      return {
        kind: 'answer',
        output: { now: services.now, since: event.startedAt, events: [event], found: 1, firing },
      };
    }
    const response = await facts.events({ ...given(query), limit }, signal);
    if (response.events.length === 0) {
      const isAsked = [query.service, query.environment].some((each) => each !== undefined);
      const message =
        (isAsked ? await absenceOfScope(facts, query, signal) : undefined) ??
        'No event was told or noticed in this selection. Only what senders are set up to tell comes here (docs/events.md), beside what the collector notices by itself.';
      return { kind: 'nothing', message };
    }
    return { kind: 'answer', output: response };
  },

  render({ events: list, found, firing }, { budgetCharacters, now, style }) {
    const rows = list.map((event) => [
      { text: event.id, mark: style.quiet },
      { text: stateWords(event, now) },
      {
        text: event.severity,
        mark: event.state === 'firing' && event.severity !== 'info' ? style.heading : style.quiet,
      },
      { text: `${eventKindNames[event.kind]}: ${neutralise(event.title, 300)}` },
      { text: neutralise(placeWords(event)), mark: style.quiet },
    ]);
    const columns = ['id', 'state', 'severity', 'what', 'where'].map((title) => ({ title }));
    const only = list.length === 1 ? list[0] : undefined;
    const lines = [
      `${found} ${found === 1 ? 'event' : 'events'}, ${firing} firing`,
      ...tableLines(columns, rows, style.quiet),
      ...(only === undefined ? [] : ['', ...detailLines(only).map((line) => `  ${line}`)]),
      ...(found > list.length ? [`… ${found - list.length} more: ask for more with --limit`] : []),
    ];
    return withinBudget(lines, budgetCharacters, 'ask for fewer with `limit`, or for one by its `id`.');
  },

  draft({ events: list, found, firing }, { now }) {
    const only = list.length === 1 ? list[0] : undefined;
    const scoped = list.map(({ service, environment, version }) => ({
      service: service ?? 'no service',
      environment: environment ?? 'no environment',
      versions: version === null ? [] : [version],
    }));
    return {
      verdict: `${found} ${found === 1 ? 'event' : 'events'}, ${firing} of them firing`,
      scope: scopeWords(scoped, undefined, now),
      unknown: [
        'Events come from whoever is set up to tell them; the functions concerned are those that stand out, not causes.',
      ],
      data: [
        headLine('id|state|severity|kind|what|where|concerns'),
        ...list.map((event, index) => ({
          text: [
            event.id,
            stateWords(event, now),
            event.severity,
            eventKindNames[event.kind],
            cell(event.title),
            cell(placeWords(event)),
            cell(concernWords(event)),
          ].join('|'),
          value: (event.state === 'firing' ? 1_000 : 0) + list.length - index,
        })),
        ...(only === undefined ? [] : detailLines(only).map((text, index) => ({ text, value: -index }))),
      ],
      cut: found > list.length ? `${found - list.length} events after these: ask with a higher limit` : undefined,
      contextVersion: contextVersion(list.map(({ id, state, severity }) => [id, state, severity])),
      remedy: 'ask with a higher maxTokens, or for one by its `id`',
    };
  },
});

/** `firing, began 12 min ago`, `over, 3 h ago`. */
export function stateWords({ state, startedAt, endedAt, flapping, expired }: ToldEvent, now: number): string {
  const since = formatAge(now - Date.parse(startedAt));
  if (state === 'firing') return `${flapping ? 'flapping' : 'firing'}, began ${since}`;
  const over = formatAge(now - Date.parse(endedAt ?? startedAt));
  return `${expired ? 'expired' : flapping ? 'flapping, over' : 'over'}, ${over}`;
}

const placeWords = ({ service, environment, version }: ProductionEvent): string =>
  [service ?? '–', environment, version].filter((part) => part !== null).join(' ');

const concernWords = ({ concerns }: ProductionEvent): string =>
  (concerns?.functions ?? [])
    .map(({ file, function: name, line }) => `${name} ${file}:${line}`)
    .slice(0, 5)
    .join('; ');

const mostEvidence = 2_000;

function detailLines({ detail, concerns, labels, url, evidence = [], messages, fired }: ToldEvent): readonly string[] {
  const labelled = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return [
    ...(detail === undefined ? [] : [cell(detail)]),
    ...(concerns?.functions ?? []).map(
      ({ file, function: name, line, why }) =>
        `concerns ${cell(name)} ${cell(file)}${line > 0 ? `:${line}` : ''}: ${cell(why)}`,
    ),
    ...(concerns?.entries.length ? [`of ${concerns.entries.map((each) => cell(each)).join(', ')}`] : []),
    ...(concerns?.how ?? []).map((step) => `found by: ${neutralise(step, 600)}`),
    ...(labelled.length === 0 ? [] : [`labels: ${neutralise(labelled.join(' '), 1_000)}`]),
    ...(url === undefined ? [] : [`shown at: ${neutralise(url, 1_000)}`]),
    `${messages} ${messages === 1 ? 'message' : 'messages'}; fired ${fired} ${fired === 1 ? 'time' : 'times'}`,
    ...evidence
      .filter(({ payload }) => payload !== 'null')
      .map(({ at, payload }) => `sent ${at}: ${neutralise(payload, mostEvidence)}`),
  ];
}
