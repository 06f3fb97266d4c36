/** The change of the working copy as the editor shows it: read from git, judged by what production knows. */
import type { ProductionFacts } from '@runlens/agent/facts';
import type { ChangeReader } from '@runlens/agent/review/change';
import { productionOf, type ReviewScope } from '@runlens/agent/review/production';
import { type Review, reviewOf } from '@runlens/agent/review/review';
import { numbersOf, titleOf } from '@runlens/agent/review/review-text';
import type { Location, NamedFunction, ReviewAnswer } from '@runlens/protocol/lsp';

export interface WorkingCopyReview {
  readonly changes: ChangeReader;
  readonly facts: ProductionFacts;
  /** Where functions of the working copy are. */
  readonly locate: (functions: readonly NamedFunction[]) => Promise<readonly (Location | null)[]>;
  /** A revision; undefined: where the branch left the main one. */
  readonly base: string | undefined;
  readonly scope: ReviewScope;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Without a collector the text alone is judged, and that is said. */
export async function reviewWorkingCopy(
  { changes, facts, locate, base, scope, now }: WorkingCopyReview,
  signal: AbortSignal,
): Promise<ReviewAnswer> {
  const change = await changes.read(base === undefined ? {} : { base }, signal);
  if (change.kind === 'failed') return change;
  const asked = await productionOf(change, facts, scope, signal).then(
    (production) => ({ production, withoutFacts: null }),
    (error: unknown) => ({
      production: undefined,
      withoutFacts: error instanceof Error ? error.message : String(error),
    }),
  );
  signal.throwIfAborted();
  const review = reviewOf(change, asked.production, now());
  return shown(review, asked.withoutFacts, await locate(review.functions), now());
}

function shown(
  review: Review,
  withoutFacts: string | null,
  locations: readonly (Location | null)[],
  now: number,
): ReviewAnswer {
  return {
    kind: 'review',
    verdict: review.verdict,
    title: titleOf(review, now),
    withoutFacts,
    functions: review.functions.map((each, index) => ({
      file: each.file,
      function: each.function,
      verdict: each.verdict,
      numbers: withoutFacts === null ? numbersOf(each, review) : each.change,
      location: each.change === 'removed' ? null : (locations[index] ?? null),
      reasons: each.reasons.map(({ rule, verdict, text, line }) => ({ rule, verdict, text, line })),
    })),
    unread: review.unread,
  };
}
