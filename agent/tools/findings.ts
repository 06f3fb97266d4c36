import {
  type Finding,
  findingKindNames,
  findingKinds,
  findingStates,
  findingsResponseSchema,
  formatAge,
  formatCount,
  formatRate,
  formatSeconds,
} from '@runlens/protocol';
import { z } from 'zod';
import { absenceOfScope } from '../absence.ts';
import { coarse, contextVersion } from '../answer/context-version.ts';
import { cell } from '../answer/function-rows.ts';
import { headLine } from '../answer/model-answer.ts';
import { ageWords, scopeWords } from '../answer/scope-words.ts';
import { folderInput, given, scopeInput } from '../query-input.ts';
import { withinBudget } from '../text/budget.ts';
import { neutralise } from '../text/hostile.ts';
import { tableLines } from '../text/table.ts';
import { defineTool } from '../tool.ts';

const stateWords = {
  new: 'new',
  accepted: 'accepted',
  inWork: 'in work',
  fixed: 'fixed',
  back: 'back',
  muted: 'muted',
};

export const findings = defineTool({
  name: 'runlens_findings',
  title: 'What deserves a fix in production',
  description:
    'Lists the faults that Runlens has found in production by itself, ranked by what they cost those who wait: N+1 queries, ' +
    'slow queries, errors that reach users, failing dependencies, functions that a version made slower or fail, calls ' +
    'repeated in one request, what grows with load, dead code. Each with its place, evidence and what usually helps. Use it ' +
    'to choose what to work on, or with `id` to get all evidence of one before fixing it. Confidence `possible` means: look ' +
    'first. An empty list is no proof of health; the answer says how well services are measured.',
  tokens: 1_200,
  inputSchema: z.object({
    service: scopeInput.service,
    environment: scopeInput.environment,
    id: z.string().max(64).optional().describe('Only this finding, with all of its evidence: `f-…`.'),
    kind: z.enum(findingKinds).optional().describe('Only findings of this kind.'),
    state: z
      .enum([...findingStates, 'open', 'all'])
      .default('open')
      .describe('`open`: new, accepted, in work, and back again.'),
    under: folderInput,
    limit: z.int().min(1).max(200).default(10).describe('How many findings to return.'),
  }),
  outputSchema: findingsResponseSchema,

  async handle({ id, limit, ...query }, { facts, signal }) {
    const wanted = id === undefined ? { ...given(query), limit } : { state: 'all' as const, limit: 1_000 };
    const response = await facts.findings(wanted, signal);
    const found = id === undefined ? response.findings : response.findings.filter((each) => each.id === id);
    if (found.length === 0) {
      const message =
        (await absenceOfScope(facts, query, signal)) ??
        (id === undefined
          ? nothingFound(response)
          : 'There is no such finding any more: ask without `id` for those there are.');
      return { kind: 'nothing', message };
    }
    return { kind: 'answer', output: { ...response, findings: found, ...(id === undefined ? {} : { found: 1 }) } };
  },

  render({ findings: list, found, now: told }, { budgetCharacters, now, style }) {
    const rows = list.map((each) => [
      { text: each.id, mark: style.quiet },
      { text: costOf(each) },
      { text: findingKindNames[each.kind], mark: style.heading },
      { text: neutralise(each.title, 300) },
      { text: `${stateWords[each.state]}${each.confidence === 'certain' ? '' : `, ${each.confidence}`}` },
      { text: placeWords(each), mark: style.quiet },
    ]);
    const columns = ['id', 'costs a day', 'kind', 'what', 'state', 'place'].map((title) => ({ title }));
    const only = list.length === 1 ? list[0] : undefined;
    const lines = [
      `${found} ${found === 1 ? 'finding' : 'findings'}, what costs most first · ${formatAge(now - Date.parse(told))}`,
      ...tableLines(columns, rows, style.quiet),
      ...(only === undefined
        ? []
        : ['', ...only.evidence.map((line) => `  ${neutralise(line)}`), '', neutralise(only.remedy)]),
      ...(found > list.length ? [`… ${found - list.length} more: ask for more with --limit`] : []),
    ];
    return withinBudget(lines, budgetCharacters, 'ask for fewer with `limit`, or for one folder with `under`.');
  },

  draft({ findings: list, found, services }, { now }) {
    const [first] = list;
    const only = list.length === 1;
    return {
      verdict: `${found} ${found === 1 ? 'finding' : 'findings'}${first === undefined ? '' : `; ${only ? 'it' : 'the first'} costs ${costOf(first)} a day`}`,
      scope: scopeWords(list, undefined, now),
      sample: `calls, errors and queries are counted, times sampled; ${ageWords(
        list.map(({ lastSeen }) => lastSeen),
        now,
      )}`,
      unknown: [
        'Costs are of the last hour, for a day.',
        ...(services.some(({ gaps }) => gaps.length > 0)
          ? ['Some services are not measured in full: see the data.']
          : []),
      ],
      data: [
        headLine('id|kind|what|place|costs a day|confidence|state|what it rests on|what usually helps'),
        ...list.map((each, index) => ({
          text: [
            each.id,
            findingKindNames[each.kind],
            cell(each.title),
            cell(placeWords(each)),
            costOf(each),
            each.confidence,
            stateWords[each.state],
            (only ? each.evidence : each.evidence.slice(0, 2)).map((line) => cell(line)).join('; '),
            cell(each.remedy),
          ].join('|'),
          value: list.length - index,
        })),
        ...services.flatMap(({ service, environment, gaps }) =>
          gaps.map((gap) => ({ text: `${cell(service)} ${cell(environment)}: ${cell(gap)}`, value: 0 })),
        ),
      ],
      cut: found > list.length ? `${found - list.length} findings below these: ask with a higher limit` : undefined,
      contextVersion: contextVersion(list.map(({ id, state, impact }) => [id, state, coarse(impact.score)])),
      remedy: 'ask with a higher maxTokens, or for one by its `id`',
    };
  },
});

const placeWords = ({ place }: Finding): string =>
  place === undefined ? '–' : `${neutralise(place.file)}${place.line > 0 ? `:${place.line}` : ''}`;

/** `1.2 h, 4.1k errors`. */
function costOf({ impact }: Finding): string {
  const { secondsPerDay, errorsPerDay, queriesPerMinute } = impact;
  const parts = [
    ...(secondsPerDay >= 1 ? [formatSeconds(secondsPerDay)] : []),
    ...(errorsPerDay >= 1 ? [`${formatCount(errorsPerDay)} errors`] : []),
    ...(queriesPerMinute >= 1 ? [`${formatRate(queriesPerMinute)} queries`] : []),
  ];
  return parts.length === 0 ? 'no time' : parts.join(', ');
}

function nothingFound({ evaluatedAt, services }: z.output<typeof findingsResponseSchema>): string {
  if (evaluatedAt === null) {
    return 'The collector has not looked yet since it started: it does so every half minute; ask again then.';
  }
  const gaps = services.flatMap((each) => each.gaps.map((gap) => `${each.service}: ${gap}`)).slice(0, 5);
  return `Nothing was found that deserves a fix in this selection, as far as it is measured.${gaps.length === 0 ? '' : ` ${gaps.join(' ')}`}`;
}
