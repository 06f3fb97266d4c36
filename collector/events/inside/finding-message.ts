/** A finding that appeared, or went, as an event. */
import { type Finding, type FindingEvent, findingKindNames } from '@runlens/protocol/api/findings';
import type { EventMessage } from '../message.ts';

const warnings: readonly Finding['kind'][] = [
  'failing',
  'newError',
  'failingDependency',
  'failingVersion',
  'slowerVersion',
];

/** Undefined: it says nothing that anybody is to be told. */
export function findingMessage(
  { id, service, environment, change }: FindingEvent['changes'][number],
  finding: Finding | undefined,
  now: number,
): EventMessage | undefined {
  const common = { key: `finding ${id}`, kind: 'finding', service, environment, at: now, startedAt: now } as const;
  const isOpen = change === 'new' || change === 'back';
  if (!isOpen && (change === 'accepted' || change === 'inWork')) return undefined;
  // Dead code is none that happens.
  if (finding === undefined ? isOpen : finding.kind === 'neverCalled') return undefined;
  const title = finding === undefined ? id : `${findingKindNames[finding.kind]}: ${finding.title}`;
  const place = finding?.place;
  return {
    ...common,
    state: isOpen ? 'firing' : 'resolved',
    severity: finding !== undefined && warnings.includes(finding.kind) ? 'warning' : 'info',
    title,
    labels: { finding: id },
    version: finding?.versions[0],
    ...(place === undefined ? {} : { functions: [place] }),
    ...(finding === undefined ? {} : { entries: finding.entries, detail: finding.evidence[0] }),
  };
}
