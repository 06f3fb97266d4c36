/** Errors that came with a version. */
import { formatCount, formatRate } from '@runlens/protocol/format';
import { type Draft, entryNames, impactOf } from '../draft.ts';
import type { NewError, ServiceFacts } from '../service-facts.ts';
import { errorKey } from './errors.ts';

const leastErrors = 3;
/** So many would have been expected before, had it happened as often: a chance of e^-5. */
const leastExpected = 5;

export function newErrors({ newErrors: errors, functions, version, minutes }: ServiceFacts): readonly Draft[] {
  // One error leaves many functions: it is told once, where it was thrown.
  const groups = Map.groupBy(errors, (error) => JSON.stringify(errorKey(error.exception, error)));
  return [...groups.values()].flatMap((passed) => {
    const told =
      passed.find(
        ({ exception, file, function: name }) => exception.thrown?.function === name && exception.thrown.file === file,
      ) ?? passed[0];
    return told === undefined ? [] : draftOf(told, passed, functions, version, minutes);
  });
}

function draftOf(
  error: NewError,
  passed: readonly NewError[],
  functions: ServiceFacts['functions'],
  version: string,
  minutes: number,
): readonly Draft[] {
  const { exception, file, function: name, line, callsBefore } = error;
  const count = Math.max(...passed.map((each) => each.exception.count + (each.exception.caughtHere ?? 0)));
  const uncaught = Math.max(...passed.map((each) => each.exception.uncaught ?? 0));
  const profile = functions.find((each) => each.file === file && each.function === name);
  const calls = profile?.calls ?? count;
  const expected = calls > 0 ? (count / calls) * callsBefore : 0;
  if (count < leastErrors || expected < leastExpected) return [];
  const { type, message, thrown } = exception;
  const place = thrown === undefined ? { file, function: name, line } : { ...thrown, line: thrown.line ?? line };
  return [
    {
      kind: 'newError',
      key: errorKey(exception, { file, function: name }),
      place,
      title: `${type} in ${place.function} is new in ${version}`,
      evidence: [
        `${type}${message === undefined ? '' : `: ${message}`}`,
        `${formatCount(count)} times, ${formatRate(count / minutes)}; never in the ${formatCount(callsBefore)} calls of ${name} before`,
        ...(uncaught > 0
          ? [`${formatCount(uncaught)} of them left the outermost function`]
          : ['it is caught before it leaves the outermost function, as far as is known']),
      ],
      remedy: `Look at what ${version} changed in and around ${place.function}; roll back if users see it.`,
      confidence: uncaught > 0 ? 'certain' : 'likely',
      impact: impactOf(minutes, {
        seconds: count * (profile?.duration?.mean ?? 0),
        errors: count,
        calls,
        entries: profile?.entries ?? [],
      }),
      subject: `${type}${message === undefined ? '' : `: ${message}`}`,
      entries: entryNames(profile?.entries),
    },
  ];
}
