/** What the view of a review says, line by line. Pure. */

import type { Location, ReviewedChange, ReviewVerdict } from '@runlens/protocol/lsp';
import { oneLine } from '../probes/shown-text.ts';
import type { TreeRow } from '../tree-row.ts';

export interface ReviewNode extends TreeRow {
  readonly location: Location | undefined;
  readonly children: readonly ReviewNode[];
}

const looks: Readonly<Record<ReviewVerdict, readonly [icon: string, color: string | undefined]>> = {
  severe: ['error', 'problemsErrorIcon.foreground'],
  warning: ['warning', 'problemsWarningIcon.foreground'],
  notice: ['info', 'problemsInfoIcon.foreground'],
  ok: ['pass', undefined],
};

/** A node for each changed function with its reasons, then one for each file that was not read. */
export function reviewNodes({ functions, unread }: ReviewedChange): readonly ReviewNode[] {
  return [
    ...functions.map((each, index): ReviewNode => {
      const [icon, color] = looks[each.verdict];
      const label = oneLine(each.function, 100);
      const description = oneLine(
        `${each.numbers} · ${each.folder === undefined ? '' : `${each.folder}/`}${each.file}`,
        200,
      );
      return {
        id: `${index}`,
        label,
        description,
        spoken: `${each.verdict}, ${label}, ${description}, ${each.reasons.length} reasons`,
        icon,
        color,
        location: each.location ?? undefined,
        children: each.reasons.map(({ verdict, text, line }, at): ReviewNode => {
          const [reasonIcon, reasonColor] = looks[verdict];
          const sentence = oneLine(text.replaceAll('`', ''), 600);
          return {
            id: `${index}/${at}`,
            label: sentence,
            description: each.location ? `line ${line}` : '',
            spoken: `${verdict}, ${sentence}`,
            icon: reasonIcon,
            color: reasonColor,
            location: each.location ? atLine(each.location.uri, line) : undefined,
            children: [],
          };
        }),
      };
    }),
    ...unread.map(
      ({ file, reason }, index): ReviewNode => ({
        id: `unread/${index}`,
        label: oneLine(file, 200),
        description: oneLine(`not reviewed: ${reason}`, 300),
        spoken: oneLine(`${file} was not reviewed: ${reason}`, 400),
        icon: 'circle-slash',
        color: undefined,
        location: undefined,
        children: [],
      }),
    ),
  ];
}

export interface ReviewMark {
  readonly uri: string;
  /** Zero-based. */
  readonly line: number;
  readonly severity: 'warning' | 'information';
  readonly rule: string;
  readonly text: string;
}

/** What is marked in the text: reasons to look; a notice and what is fine are in the view only. */
export function reviewMarks({ functions }: ReviewedChange): readonly ReviewMark[] {
  return functions.flatMap(({ function: name, location, reasons }) =>
    reasons.flatMap(({ rule, verdict, text, line }): ReviewMark[] =>
      location && (verdict === 'severe' || verdict === 'warning')
        ? [
            {
              uri: location.uri,
              line: Math.max(0, line - 1),
              severity: verdict === 'severe' ? 'warning' : 'information',
              rule,
              text: oneLine(`${verdict}: ${name} ${text.replaceAll('`', '')}`, 700),
            },
          ]
        : [],
    ),
  );
}

function atLine(uri: string, line: number): Location {
  const at = { line: Math.max(0, line - 1), character: 0 };
  return { uri, range: { start: at, end: at } };
}
