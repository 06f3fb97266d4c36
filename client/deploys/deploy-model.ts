/** What the view of deploys and the note after a change say. Pure. */

import { formatAge } from '@runlens/protocol/format';
import type { Location } from '@runlens/protocol/lsp';
import type { DeployedChangeKind, DeployItem, DeployVerdict, OwnFunction } from '@runlens/protocol/lsp-deploys';
import { oneLine } from '../probes/shown-text.ts';
import type { TreeRow } from '../tree-row.ts';

export interface DeployNode extends TreeRow {
  readonly location: Location | null;
  readonly children: readonly DeployNode[];
  /** Of a version, whose verdict is asked for when it is opened. */
  readonly item: DeployItem | undefined;
}

const icons: Readonly<Record<DeployedChangeKind, string>> = {
  worse: 'arrow-down',
  better: 'arrow-up',
  other: 'dash',
  newError: 'error',
  newQuery: 'database',
  gone: 'circle-slash',
};
const ownIcons: Readonly<Record<OwnFunction['outcome'], string>> = {
  helped: 'pass',
  worse: 'warning',
  noDifference: 'dash',
};
const relations: Readonly<Record<'after' | 'beside' | 'back', string>> = {
  after: 'after',
  beside: 'beside',
  back: 'back after',
};

/** The same for a version that came back. */
export const deployKey = ({ service, environment, deploy }: DeployItem): string =>
  JSON.stringify([service, environment, deploy.version, deploy.since]);

/** A node for each deploy, newest first; `verdicts` by {@link deployKey}. */
export function deployNodes(
  items: readonly DeployItem[],
  verdicts: ReadonlyMap<string, DeployVerdict>,
  now: number,
): readonly DeployNode[] {
  const isOne = new Set(items.map(({ service }) => service)).size <= 1;
  return items.map((item): DeployNode => {
    const { deploy, service } = item;
    const key = deployKey(item);
    const verdict = verdicts.get(key);
    const state = deploy.isRunning ? 'running' : 'ended';
    const name = deploy.version === '' ? 'unnamed version' : oneLine(deploy.version, 60);
    const said = deploy.base === undefined ? 'the first that was seen' : verdictText(verdict);
    const description = [
      ...(isOne ? [] : [oneLine(service, 60)]),
      `since ${formatAge(now - Date.parse(deploy.since))}`,
      state,
      ...(deploy.isReturn ? ['rolled back to'] : []),
      ...(said === '' ? [] : [said]),
    ].join(' · ');
    return {
      ...{ id: key, label: name, description, spoken: `${name}, ${description}`, location: null, item },
      ...iconOf(deploy.isRunning, verdict),
      children: verdict === undefined ? [] : verdictNodes(key, verdict),
    };
  });
}

function iconOf(isRunning: boolean, verdict: DeployVerdict | undefined): Pick<DeployNode, 'icon' | 'color'> {
  const changes = verdict?.kind === 'compared' ? verdict.changes : [];
  if (changes.some(({ kind }) => kind === 'worse' || kind === 'newError')) {
    return { icon: 'warning', color: 'problemsWarningIcon.foreground' };
  }
  return { icon: isRunning ? 'rocket' : 'history', color: undefined };
}

/** `3 worse, 1 better, 2 new errors`; empty: not known yet. */
export function verdictText(verdict: DeployVerdict | undefined): string {
  if (verdict === undefined) return '';
  if (verdict.kind !== 'compared') return verdict.kind === 'tooEarly' ? 'too early to tell' : 'not known';
  const count = (kind: DeployedChangeKind): number => verdict.changes.filter((each) => each.kind === kind).length;
  const several = (number: number, one: string, more: string): readonly string[] =>
    number === 0 ? [] : [`${number} ${number === 1 ? one : more}`];
  const parts = [
    ...several(count('newError'), 'new error', 'new errors'),
    ...several(count('worse'), 'worse', 'worse'),
    ...several(count('better'), 'better', 'better'),
    ...several(count('newQuery'), 'new query', 'new queries'),
    ...several(count('other'), 'called more or less', 'called more or less'),
    ...several(count('gone'), 'gone', 'gone'),
  ];
  return parts.length === 0 ? 'no difference by more than chance' : parts.join(', ');
}

function verdictNodes(key: string, verdict: DeployVerdict): readonly DeployNode[] {
  const line = (id: string, text: string, icon: string): DeployNode => ({
    ...{ id: `${key}/${id}`, label: oneLine(text, 400), description: '', spoken: oneLine(text, 400), icon },
    ...{ color: undefined, location: null, children: [], item: undefined },
  });
  if (verdict.kind !== 'compared') return [line('message', verdict.message, 'info')];
  const functionNode = (
    id: string,
    each: {
      readonly file: string;
      readonly function: string;
      readonly text: string;
      readonly location: Location | null;
    },
    icon: string,
    color: string | undefined,
  ): DeployNode => {
    const [label, text] = [oneLine(each.function, 100), oneLine(each.text, 300)];
    const spoken = `${label}, ${text}, ${oneLine(each.file, 200)}${each.location ? '' : ', not in this workspace'}`;
    return {
      ...{ id: `${key}/${id}`, label, description: text, spoken, icon, color },
      ...{ location: each.location, children: [], item: undefined },
    };
  };
  const own = verdict.own.map((each, i) => functionNode(`own/${i}`, each, ownIcons[each.outcome], undefined));
  const about = `${relations[verdict.relation]} ${verdict.base === '' ? 'unnamed version' : verdict.base}; ${verdict.tested} functions with calls enough to tell`;
  return [
    line('about', about, 'git-compare'),
    ...(own.length === 0
      ? []
      : [{ ...line('own', `After your change: ${ownText(verdict.own)}`, 'account'), children: own }]),
    ...verdict.changes.map((each, i) =>
      functionNode(
        `change/${i}`,
        each,
        icons[each.kind],
        each.kind === 'newError' || each.kind === 'worse' ? 'problemsWarningIcon.foreground' : undefined,
      ),
    ),
  ];
}

/** `2 helped, 1 worse, 3 without a difference` */
export function ownText(own: readonly OwnFunction[]): string {
  const count = (outcome: OwnFunction['outcome'], words: string): readonly string[] => {
    const number = own.filter((each) => each.outcome === outcome).length;
    return number === 0 ? [] : [`${number} ${words}`];
  };
  return [
    ...count('worse', 'worse'),
    ...count('helped', 'helped'),
    ...count('noDifference', 'without a difference'),
  ].join(', ');
}

/** The note to who changed something in a version; undefined: there is nothing to say. */
export function noteText(item: DeployItem, verdict: DeployVerdict): string | undefined {
  if (verdict.kind !== 'compared' || verdict.own.length === 0) return undefined;
  const told = verdict.own.filter(({ outcome }) => outcome !== 'noDifference');
  const [first] = told;
  const version = oneLine(item.deploy.version, 60);
  const said = `After your change (${version}): ${ownText(verdict.own)}`;
  return first === undefined ? `${said}.` : `${said}. ${oneLine(`${first.function}: ${first.text}`, 200)}`;
}
