/** Queries and calls of other services that ask again and again for the same: their answers could be kept. */
import type { Profile } from '@runlens/protocol/api/profile';
import { formatCount, formatRate, formatSeconds, formatShare } from '@runlens/protocol/format';
import { cut, type Draft, entryNames, impactOf, placeOf, requestEntries } from '../draft.ts';
import type { ServiceFacts } from '../service-facts.ts';

/** Looked at, of one function. */
const leastLooked = 20;
/** The same, with the same values, as another one some seconds before. */
const leastShare = 0.8;
/** A quicker one is hardly slower than looking into a cache. */
const leastSeconds = 0.002;
const sureLooked = 100;

interface Asked {
  readonly what: 'query' | 'call';
  readonly subject: string;
  readonly calls: number;
  readonly seconds: number;
  readonly same: { readonly of: number; readonly same: number };
}

/** `told`: statements of other findings, whose remedy comes first. */
export function identicalCalls({ functions, minutes }: ServiceFacts, told: ReadonlySet<string>): readonly Draft[] {
  return functions.flatMap((profile) =>
    // A job that looks whether there is something to do asks the same each time, and that is its work.
    requestEntries(profile.entries).length === 0 && profile.entries.length > 0
      ? []
      : askedBy(profile)
          .filter(({ subject }) => !told.has(subject))
          .flatMap((asked) => draftOf(profile, asked, minutes)),
  );
}

function askedBy({ queries, outgoing }: Profile): readonly Asked[] {
  return [
    ...queries.flatMap(({ statement, calls, totalSeconds, same }) =>
      same === undefined
        ? []
        : [{ what: 'query' as const, subject: statement, calls, seconds: totalSeconds / calls, same }],
    ),
    ...outgoing.flatMap(({ target, calls, totalSeconds, same }) =>
      same === undefined
        ? []
        : [{ what: 'call' as const, subject: target, calls, seconds: totalSeconds / calls, same }],
    ),
  ];
}

function draftOf(profile: Profile, { what, subject, calls, seconds, same }: Asked, minutes: number): readonly Draft[] {
  const share = same.of > 0 ? same.same / same.of : 0;
  if (same.of < leastLooked || share < leastShare || seconds < leastSeconds) return [];
  const saved = seconds * calls * share;
  return [
    {
      kind: 'identicalCalls',
      key: [profile.file, profile.function, subject.replace(/:\d+(?=\/|$)/, '')],
      place: placeOf(profile),
      title: `${profile.function} asks for the same again and again, ${formatSeconds(seconds)} each time`,
      evidence: [
        cut(subject, 300),
        `${formatShare(share)} of ${formatCount(same.of)} that were looked at asked the same, with the same values, as one some seconds before`,
        `${formatRate(calls / minutes)}, ${formatSeconds(seconds)} each on average: ${formatSeconds((saved / minutes) * 1_440)} a day`,
      ],
      remedy: `Keep the answer for as long as it may be old, or ask once for all who wait for it; what was kept is to be forgotten where it is changed. Whether the answers are the same too, a snapshot probe tells.`,
      confidence: same.of >= sureLooked ? 'likely' : 'possible',
      impact: impactOf(minutes, {
        seconds: saved,
        ...(what === 'query' ? { queries: calls } : {}),
        calls: profile.calls,
        entries: profile.entries,
      }),
      subject,
      entries: entryNames(profile.entries),
    },
  ];
}
