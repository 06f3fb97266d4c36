/** What the view of findings and the marks in the text say. Pure. */

import { type Finding, type FindingKind, type FindingState, findingKindNames } from '@runlens/protocol/api/findings';
import { formatCount, formatRate, formatSeconds } from '@runlens/protocol/format';
import type { Location } from '@runlens/protocol/lsp';
import type { FoundItem } from '@runlens/protocol/lsp-findings';
import { oneLine } from '../probes/shown-text.ts';
import type { TreeRow } from '../tree-row.ts';

export type ShownState = 'open' | 'muted' | 'fixed';

export interface FindingNode extends TreeRow {
  /** Of a line of evidence: that of its finding. */
  readonly item: FoundItem;
  readonly children: readonly FindingNode[];
  /** For the menus: `finding-open`, `finding-muted`, `finding-fixed`, `evidence`. */
  readonly context: string;
}

const icons: Readonly<Record<FindingKind, string>> = {
  repeatedQuery: 'database',
  slowQuery: 'database',
  repeatedCall: 'sync',
  identicalCalls: 'copy',
  serialAwaits: 'list-ordered',
  failing: 'error',
  newError: 'error',
  failingDependency: 'plug',
  slowerVersion: 'arrow-down',
  failingVersion: 'arrow-down',
  slowCondition: 'watch',
  growsWithConcurrency: 'graph-line',
  growsWithTraffic: 'graph-scatter',
  neverCalled: 'circle-slash',
};

const stateNames: Readonly<Record<FindingState, string>> = {
  new: 'new',
  accepted: 'accepted',
  inWork: 'in work',
  fixed: 'fixed',
  back: 'back again',
  muted: 'muted',
};

/** `9.1 min · 4.1k errors a day`: what it costs, where it costs something. */
export function costText({ impact }: Finding): string {
  const { secondsPerDay, errorsPerDay, queriesPerMinute } = impact;
  const parts = [
    ...(errorsPerDay >= 1 ? [`${formatCount(errorsPerDay)} errors a day`] : []),
    ...(secondsPerDay >= 1 ? [`${formatSeconds(secondsPerDay)} a day`] : []),
    ...(queriesPerMinute >= 1 ? [`${formatRate(queriesPerMinute)} queries`] : []),
  ];
  return parts.join(' · ');
}

/** A node for each finding, in the order given, with its evidence below. */
export function findingNodes(items: readonly FoundItem[], kind: FindingKind | undefined): readonly FindingNode[] {
  return items.filter(({ finding }) => kind === undefined || finding.kind === kind).map(nodeOf);
}

function nodeOf(item: FoundItem): FindingNode {
  const { finding, location } = item;
  const { id, state, confidence, place, remedy } = finding;
  // What is short first: a view is narrow, and the sentence stands below and in the tooltip.
  const about = place?.function ?? finding.subject ?? finding.service;
  const label = oneLine(finding.kind === 'failingDependency' ? (finding.subject ?? about) : about, 100);
  const title = oneLine(finding.title, 300);
  const description = [
    findingKindNames[finding.kind],
    costText(finding),
    ...(state === 'new'
      ? []
      : [state === 'fixed' ? `fixed in ${oneLine(finding.fixedIn ?? '', 40)}` : stateNames[state]]),
    ...(confidence === 'certain' ? [] : [confidence]),
    ...(place === undefined || location ? [] : ['not in this workspace']),
  ]
    .filter((part) => part !== '')
    .join(' · ');
  const line = (text: string, index: number, icon: string): FindingNode => ({
    id: `${id}/${index}`,
    label: oneLine(text, 400),
    description: '',
    spoken: oneLine(text, 400),
    icon,
    color: undefined,
    item,
    children: [],
    context: 'evidence',
  });
  const reason = finding.setBy?.reason;
  return {
    id,
    label,
    description,
    spoken: `${title}, ${description}`,
    icon: icons[finding.kind],
    color:
      state === 'back' || finding.kind === 'failing' || finding.kind === 'newError'
        ? 'problemsErrorIcon.foreground'
        : undefined,
    item,
    children: [
      ...[title, ...finding.evidence].map((text, index) => line(text, index, 'dash')),
      line(remedy, finding.evidence.length + 1, 'lightbulb'),
      ...(reason === undefined
        ? []
        : [line(`${stateNames[state]}: ${reason}`, finding.evidence.length + 2, 'comment')]),
    ],
    context: `finding-${state === 'muted' || state === 'fixed' ? state : 'open'}${location ? '-here' : ''}`,
  };
}

export interface FindingMark {
  readonly uri: string;
  readonly range: Location['range'];
  readonly id: string;
  readonly text: string;
}

/** What is marked in the text: what costs something and is in this workspace. */
export function findingMarks(items: readonly FoundItem[]): readonly FindingMark[] {
  return items.flatMap(({ finding, location }): FindingMark[] => {
    if (!location) return [];
    const cost = costText(finding);
    const text = `${findingKindNames[finding.kind]}: ${finding.title}${cost === '' ? '' : ` (${cost})`}`;
    return [{ uri: location.uri, range: location.range, id: finding.id, text: oneLine(text, 500) }];
  });
}

/** For the chat, beside the evidence that is attached. */
export const fixQuestion = (name: string): string =>
  `Fix this finding from production in ${name}. The evidence is attached. Read the code first, say what you read from the figures and what from the code, and keep the behaviour otherwise as it is.`;
