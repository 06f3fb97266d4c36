import { type CompareResponse, compareQuerySchema, compareResponseSchema, formatAge } from '@runlens/protocol';
import { z } from 'zod';
import { absenceOfScope } from '../absence.ts';
import {
  differenceFacts,
  differenceRows,
  differenceWords,
  sideNumbers,
  trafficWords,
} from '../answer/comparison-rows.ts';
import { contextVersion } from '../answer/context-version.ts';
import { plainOr } from '../answer/fence.ts';
import { headLine } from '../answer/model-answer.ts';
import { scopeWords } from '../answer/scope-words.ts';
import { limitedSentence, sensorsLimited } from '../limits-of-knowledge.ts';
import { oneScope } from '../one-scope.ts';
import { fileInput, folderInput, functionInput, given, scopeInput } from '../query-input.ts';
import { neutralise } from '../text/hostile.ts';
import { defineTool } from '../tool.ts';

const relationWords: Readonly<Record<CompareResponse['relation'], string>> = {
  after: '',
  beside: '; both ran at once, compared by the same minutes',
  back: '; a roll-back: the version had run before',
};

export const compareVersions = defineTool({
  name: 'runlens_compare_versions',
  title: 'Two versions or windows of production',
  description:
    'Compares two deployed versions of a service, or two windows of time, function by function: what is slower or ' +
    'faster, fails more or less often, is called more or no longer at all, which errors and queries are new. Use it after a ' +
    'deploy, or to find what changed when something went wrong. Only what differs by more than chance is told, by tests ' +
    'that take into account how production varies by itself and how many functions were tested; a function with few ' +
    'calls is not told, which is no proof that it is as before.',
  tokens: 900,
  inputSchema: z.object({
    service: scopeInput.service.describe('Name of the service; needed where several report.'),
    environment: scopeInput.environment.describe('Without it: production, or the one heard of last.'),
    of: compareQuerySchema.shape.of,
    version: scopeInput.version.describe(
      'Of versions: the newer one; without it the newest. Of windows: only this one.',
    ),
    baseVersion: scopeInput.version.describe('Of versions: what it is compared with; without it the one before.'),
    since: scopeInput.since.describe(
      'Of versions: how much of each is read at most, default `1h`. Of windows: where the newer one begins, default `15m`.',
    ),
    until: scopeInput.since.describe('Where the newer one ends; without it now.'),
    baseSince: scopeInput.since.describe(
      'Of windows: where the earlier begins; without it, it is as long and just before.',
    ),
    baseUntil: scopeInput.since.describe('Of windows: where the earlier one ends.'),
    file: fileInput.optional().describe('Only functions of this file.'),
    function: functionInput.optional(),
    under: folderInput,
    limit: z.int().min(1).max(500).default(50).describe('How many functions to return, what costs most first.'),
  }),
  outputSchema: compareResponseSchema.extend({ limited: z.boolean() }),

  async handle(input, { facts, signal }) {
    const services = await facts.services(signal);
    const scope = oneScope(services, input);
    if (scope.kind === 'none') return { kind: 'nothing', message: scope.message };
    const { service, environment } = scope;
    const where = { service, environment: environment.name };
    for (const version of [input.version, input.baseVersion]) {
      if (version === undefined) continue;
      const missing = await absenceOfScope(facts, { ...where, version }, signal);
      if (missing !== undefined) return { kind: 'nothing', message: missing };
    }
    const response = await facts.compare({ ...given(input), ...where }, signal);
    if (response.tooEarly !== undefined) return { kind: 'nothing', message: response.tooEarly };
    if (response.compared === 0 && response.removed.length === 0) {
      return {
        kind: 'nothing',
        message: `None of the functions asked for was measured on both sides (${response.added} only in the newer one): ask for a longer window or a wider selection.`,
      };
    }
    return { kind: 'answer', output: { ...response, limited: sensorsLimited(services, where) } };
  },

  draft(response, { now }) {
    const { base, now: newer, compared, tested, added, truncated, limited, of } = response;
    const names = [base, newer].map(({ version }, i) =>
      of === 'versions' ? plainOr(version, i === 0 ? 'the older version' : 'the newer version') : undefined,
    );
    const [older = 'the window before', newest = 'the window'] = names;
    const difference = differenceWords(response);
    const rows = differenceRows(response);
    const traffic = trafficWords(response);
    return {
      verdict: `${newest} against ${older}: ${difference ?? 'no function differs by more than chance'}${added > 0 ? `; ${added} functions only in the newer` : ''}`,
      baseline: `${older}: ${sideNumbers(base)}; ${newest}: ${sideNumbers(newer)}${traffic === undefined ? '' : `, ${traffic}, taken into account`}${relationWords[response.relation]}`,
      scope: `${scopeWords([{ ...response, versions: [] }], undefined, now)} · ${newer.window.since} to ${newer.window.until} against ${base.window.since} to ${base.window.until}`,
      sample: `${newer.batches} and ${base.batches} batches of time; ${compared} functions on both sides, ${tested} with calls enough to be tested; newest data ${formatAge(now - Date.parse(newer.window.until))}`,
      unknown: [
        'At most 0.5 % of what is told is expected to be chance; small samples stay silent, which proves nothing.',
        ...(limited ? [limitedSentence] : []),
      ],
      data: [
        ...(rows.length === 0 ? [] : [headLine('function|place|what differs (older → newer)')]),
        ...rows,
        // A version that is no plain name stands here only.
        ...[base, newer].flatMap(({ version }) =>
          version === '' || plainOr(version, '') !== ''
            ? []
            : [{ value: 3_000, text: `version ${neutralise(version)}` }],
        ),
      ],
      cut: truncated ? 'functions that differ less: ask with a higher limit, for one folder or one file' : undefined,
      contextVersion: contextVersion(differenceFacts(response)),
      remedy: 'ask with a higher maxTokens, or for one folder with `under`',
    };
  },
});
