/** The deploys of a service, and what the newest changed. */
import type { CompareResponse } from '@runlens/protocol/api/compare';
import { changeWords } from '@runlens/protocol/change-words';
import { formatCount, formatShare, versionName } from '@runlens/protocol/format';
import type { NamedFunction } from '@runlens/protocol/lsp';
import type { OverviewView } from '@runlens/protocol/overview-page';
import { element, table, wideTable } from '../page/element.ts';
import { age, type Part, section } from '../page/section.ts';

const rowsShown = 20;
/** Of what changed; the rest is folded away. */
const firstShown = 12;
const nameOf = (version: string): string => versionName(version) || version;
type Open = (named: NamedFunction) => void;

export function deploys({ versions }: OverviewView, now: number): Part {
  const rows = versions
    .slice(0, rowsShown)
    .map(({ version, revision, firstSeen, lastSeen, instances, functions }) => [
      nameOf(version),
      revision === undefined ? '–' : element('code', {}, revision.slice(0, 7)),
      age(firstSeen, now),
      age(lastSeen, now),
      instances === 0 ? 'none now' : formatCount(instances),
      formatCount(functions),
    ]);
  return section(
    'Deploys',
    wideTable(
      'Versions of the service, newest first',
      ['Version', 'Revision', 'First seen', 'Last seen', 'Instances', 'Functions'],
      rows,
    ),
  );
}

export function changes({ changes: told }: OverviewView, open: Open): Part {
  if (told.kind === 'none') return section('What changed', element('p', { class: 'note' }, told.message));
  const { comparison } = told;
  const { functions, newErrors, newQueries, removed, base, now } = comparison;
  const rows = [
    ...newErrors.map((each) => [
      functionButton(each, open),
      `new error: ${each.exception.type}${each.exception.message === undefined ? '' : `: ${each.exception.message}`} (${formatCount(each.exception.count + (each.exception.caughtHere ?? 0))} times)`,
    ]),
    ...functions.map((each) => [
      functionButton(each, open),
      each.changes.map((change) => changeWords(each, change)).join('; '),
    ]),
    ...newQueries.map((each) => [
      functionButton(each, open),
      element('span', {}, 'new query: ', element('code', {}, each.statement), ` (${formatCount(each.calls)} times)`),
    ]),
    ...removed.map((each) => [functionButton(each, open), `gone: was called ${formatCount(each.calls)} times`]),
  ];
  const rest = rows.slice(firstShown);
  const caption = `What differs in ${nameOf(now.version)} against ${nameOf(base.version)}`;
  const headings = ['Function', 'What differs'];
  return section(
    'What changed',
    rows.length === 0
      ? element('p', {}, 'No function differs by more than chance.')
      : element(
          'div',
          {},
          table(caption, headings, rows.slice(0, firstShown)),
          rest.length === 0
            ? undefined
            : element(
                'details',
                {},
                element('summary', {}, `${rest.length} more`),
                table(`${caption}, the rest`, headings, rest),
              ),
        ),
    sentence(comparison),
  );
}

const relationWords: Readonly<Record<CompareResponse['relation'], string>> = {
  after: 'against',
  beside: 'beside, by the same minutes,',
  back: 'rolled back from',
};

function sentence({ base, now, compared, tested, relation }: CompareResponse): string {
  const of = ({ version, calls, errors }: CompareResponse['now']): string =>
    `${nameOf(version)} (${formatCount(calls)} calls${calls === 0 ? '' : `, ${formatShare(errors / calls)} failed`})`;
  return `${of(now)} ${relationWords[relation]} ${of(base)}: ${formatCount(tested)} of ${formatCount(compared)} functions have calls enough to tell a difference from chance.`;
}

function functionButton({ file, function: name, line }: NamedFunction, open: Open): HTMLElement {
  const button = element('button', { type: 'button', title: `${file}:${line}` }, name);
  button.addEventListener('click', () => open({ file, function: name, line }));
  return button;
}
