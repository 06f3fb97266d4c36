/** Errors that reach users, or that leave a job where nobody sees them; told where they were thrown first. */
import { formatCount, formatRate, formatShare } from '@runlens/protocol/format';
import { type Draft, impactOf } from '../draft.ts';
import type { ServiceFacts } from '../service-facts.ts';
import { behind, type ErrorKind, errorKinds, seenByUsers } from './errors.ts';
import { newErrors } from './new-error.ts';

/** Fewer happen once and never again. */
const leastErrors = 3;
const sureErrors = 20;

export function failing(facts: ServiceFacts): readonly Draft[] {
  const { functions, entries, minutes } = facts;
  const kinds = errorKinds(functions);
  const isNew = new Set(newErrors(facts).map(({ key }) => JSON.stringify(key)));
  const drafts: Draft[] = [];
  const told = new Set<ErrorKind>();
  for (const [seen, where] of seenByUsers(kinds, entries)) {
    const root = behind(seen, kinds) ?? seen;
    if (root.count < leastErrors || told.has(root)) continue;
    told.add(root);
    // A new one is told as that.
    if (isNew.has(JSON.stringify(root.key))) continue;
    drafts.push(draftOf(root, seen, where, minutes));
  }
  return drafts;
}

function draftOf(root: ErrorKind, seen: ErrorKind, where: readonly string[], minutes: number): Draft {
  const { exception, profile } = root;
  const { type, message, cause, thrown } = exception;
  const place =
    thrown === undefined
      ? { file: profile.file, function: profile.function, line: profile.line }
      : { file: thrown.file, function: thrown.function, line: thrown.line ?? profile.line };
  const mean = profile.duration?.mean ?? 0;
  return {
    kind: 'failing',
    key: root.key,
    place,
    title: `${type} in ${place.function} fails ${where.join(', ')}`,
    evidence: [
      `${type}${message === undefined ? '' : `: ${message}`}`,
      `${formatCount(root.count)} times, ${formatRate(root.count / minutes)}; ${formatShare(profile.calls > 0 ? Math.min(1, root.count / profile.calls) : 1)} of the calls of ${profile.function}`,
      ...(cause === undefined ? [] : [`caused by ${cause}`]),
      ...(root === seen
        ? []
        : [
            `caught in ${seen.profile.function}, which throws ${seen.exception.type}${seen.exception.message === undefined ? '' : `: ${seen.exception.message}`} in its place`,
          ]),
      `users see it as failed answers of ${where.join(', ')}`,
      ...(exception.firstSeen === undefined ? [] : [`first seen ${exception.firstSeen}`]),
    ],
    remedy: remedyOf(type),
    confidence: root.count >= sureErrors ? 'certain' : 'likely',
    impact: impactOf(minutes, {
      seconds: root.count * mean,
      errors: root.count,
      calls: profile.calls,
      entries: seen.profile.entries,
    }),
    subject: `${type}${message === undefined ? '' : `: ${message}`}`,
    entries: where,
  };
}

function remedyOf(type: string): string {
  if (type === 'SyntaxError') {
    return 'Something is parsed that is not what was expected: look at the status and the type of an answer before parsing it. A snapshot probe shows what came.';
  }
  if (type === 'TypeError' || type === 'ReferenceError' || type === 'RangeError') {
    return 'An error of the program: a value is not what the code takes it for. A snapshot probe at the line shows which.';
  }
  return 'Handle it where it can be handled, or answer so that the caller can try again. A snapshot probe at the line shows the values.';
}
