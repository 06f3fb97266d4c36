/** What is new, as a model is told it: before an answer, by a hook, or in a resource. */
import { eventKindNames, formatAge, type NewsItem } from '@runlens/protocol';
import { fenced, plainOr, withoutMarks } from '../answer/fence.ts';
import { estimateTokens } from '../answer/tokens.ts';
import { neutralise } from '../text/hostile.ts';

export interface Telling {
  readonly items: readonly NewsItem[];
  /** Beyond those: told as a number. */
  readonly more: number;
  readonly superseded: readonly {
    readonly contextVersion: string;
    readonly tool: string;
    readonly about?: string | undefined;
  }[];
}

export interface NewsText {
  /** Empty: there is nothing new. */
  readonly text: string;
  /** How many of the items are in it, the first ones; those beyond are told as a number. */
  readonly told: number;
}

const mostSuperseded = 5;

/** As many items as fit; where none does, only how many there are. `now`: milliseconds since 1970. */
export function newsText(telling: Telling, maxTokens: number, now: number): NewsText {
  const { items, more, superseded } = telling;
  if (items.length === 0 && more === 0 && superseded.length === 0) return { text: '', told: 0 };
  return fitted(telling, headOf(items, more), maxTokens, now);
}

/** All that stands, also that nothing does. `version` is its context version. */
export function standingText(telling: Telling, version: string, maxTokens: number, now: number): NewsText {
  const { items, more } = telling;
  const firing = items.filter(({ change }) => change !== 'over').length + more;
  const head =
    items.length + more === 0
      ? 'In production nothing happens that concerns what you work on.'
      : `In production now: ${firing} ${firing === 1 ? 'event concerns' : 'events concern'} what you work on.`;
  const { text, told } = fitted(telling, head, maxTokens, now);
  return { text: `${text}\ncontextVersion: ${version}`, told };
}

function fitted({ items, more, superseded }: Telling, head: string, maxTokens: number, now: number): NewsText {
  const lines = items.map((item) => withoutMarks(lineOf(item, now)));
  const text = (told: number): string => {
    const left = more + items.length - told;
    return [
      ...(head === '' ? [] : [head]),
      ...(told === 0 ? [] : [fenced(lines.slice(0, told).join('\n'))]),
      ...(left === 0
        ? []
        : [
            told === 0
              ? 'runlens_changes_since lists them'
              : `${left} more of less weight: runlens_changes_since lists them`,
          ]),
      ...supersededLines(superseded),
    ].join('\n');
  };
  let told = items.length;
  while (told > 0 && estimateTokens(JSON.stringify(text(told))) > maxTokens) told -= 1;
  return { text: text(told), told };
}

function headOf(items: readonly NewsItem[], more: number): string {
  if (items.length + more === 0) return '';
  const over = items.filter(({ change }) => change === 'over').length;
  const begun = items.length - over + more;
  return `Changed in production since you were last told: ${[
    ...(begun > 0 ? [`${begun} ${begun === 1 ? 'event concerns' : 'events concern'} what you work on`] : []),
    ...(over > 0 ? [`${over} that you were told of ${over === 1 ? 'is' : 'are'} over`] : []),
  ].join('; ')}.`;
}

function supersededLines(superseded: Telling['superseded']): readonly string[] {
  if (superseded.length === 0) return [];
  const named = superseded.slice(0, mostSuperseded).map(({ contextVersion, tool, about }) => {
    const name = plainOr(about ?? '', '');
    return `${contextVersion} (${plainOr(tool, 'an answer')}${name === '' ? '' : ` of ${name}`})`;
  });
  const others = superseded.length - named.length;
  return [`Superseded, ask again before relying on it: ${named.join(', ')}${others > 0 ? ` and ${others} more` : ''}.`];
}

const changeWords: Readonly<Record<NewsItem['change'], string>> = {
  fired: 'began',
  again: 'fires again since',
  changed: 'is worse, began',
  flapping: 'comes and goes (not told again until it settles), began',
  happened: 'happened',
  over: 'is over, ended',
};

/** Cells are parted by `|`, so a name has none. */
const cell = (text: string, most?: number): string => neutralise(text, most).replaceAll('|', '¦');

function lineOf(item: NewsItem, now: number): string {
  const { id, change, kind, severity, title, service, environment, version, startedAt, endedAt, functions } = item;
  const at = formatAge(now - Date.parse(change === 'over' ? (endedAt ?? startedAt) : startedAt));
  const head = `${severity}: ${eventKindNames[kind]}: ${cell(title, 300)}: ${changeWords[change]} ${at} (${id})`;
  if (change === 'over') return head;
  const place = [service ?? 'no service', environment, version]
    .filter((part) => part !== null)
    .map((part) => cell(part));
  const named = functions.map(
    ({ file, function: name, line, why }) => `${cell(name)} ${cell(file)}${line > 0 ? `:${line}` : ''} (${cell(why)})`,
  );
  return [
    head,
    place.join(' '),
    ...(named.length === 0 ? [] : [named.join('; ')]),
    `told since ${reasonOf(item)}`,
  ].join('|');
}

export function reasonOf({ concern: { kind, of } }: Pick<NewsItem, 'concern'>): string {
  const name = cell(of);
  switch (kind) {
    case 'subscribed':
      return `you subscribed to ${name}`;
    case 'function':
      return `you work on ${name}`;
    case 'file':
      return `you work on ${name}`;
    case 'caller':
      return `${name} calls what you work on`;
    case 'callee':
      return `what you work on calls ${name}`;
    case 'entry':
      return `what you work on serves ${name}`;
    case 'service':
      return `you work on the service ${name}`;
    case 'dependency':
      return `what you work on asks ${name}`;
    case 'all':
      return 'it may concern everybody';
  }
}
