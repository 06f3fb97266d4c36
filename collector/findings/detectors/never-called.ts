/** Code that production has loaded and nobody called for long, a file at a time. */
import { formatCount } from '@runlens/protocol/format';
import type { Draft } from '../draft.ts';
import type { ServiceFacts } from '../service-facts.ts';

const dayMilliseconds = 24 * 3_600_000;
/** What runs once a week has run then. */
const leastDays = 8;
const mostFiles = 50;
const mostNamed = 10;

export function neverCalled({ unused, now }: ServiceFacts): readonly Draft[] {
  if (unused === undefined) return [];
  const old = unused.functions.filter(({ sinceInAnyVersion }) => daysSince(sinceInAnyVersion, now) >= leastDays);
  return [...Map.groupBy(old, ({ file }) => file)]
    .sort((one, other) => other[1].length - one[1].length)
    .slice(0, mostFiles)
    .flatMap(([file, functions]) => {
      const [first] = functions;
      if (first === undefined) return [];
      const days = Math.floor(Math.min(...functions.map(({ sinceInAnyVersion }) => daysSince(sinceInAnyVersion, now))));
      const many = functions.length === 1 ? 'One function' : `${formatCount(functions.length)} functions`;
      const draft: Draft = {
        kind: 'neverCalled',
        key: [file],
        place: { file, function: first.function, line: first.line },
        title: `${many} of ${file}: not called in ${days} days`,
        evidence: [
          `loaded and never called in any version that is known, for ${days} days or more`,
          ...functions.slice(0, mostNamed).map(({ function: name, line }) => `${name} (line ${line})`),
        ],
        remedy:
          'Remove it if nobody needs it. It is no proof: what runs once a month, or in a failure, has not run either.',
        confidence: 'possible',
        impact: { score: 0, secondsPerDay: 0, errorsPerDay: 0, queriesPerMinute: 0, callsPerDay: 0 },
        entries: [],
      };
      return [draft];
    });
}

const daysSince = (instant: string, now: number): number => (now - Date.parse(instant)) / dayMilliseconds;
