/** The changes of several repositories of one workspace as one review. Pure. */
import type { ReviewAnswer, ReviewedChange, ReviewVerdict } from '@runlens/protocol/lsp';

export interface RepositoryReview {
  /** The repository's folder, by its name. */
  readonly folder: string;
  readonly answer: ReviewAnswer;
}

const severity: Readonly<Record<ReviewVerdict, number>> = { ok: 0, notice: 1, warning: 2, severe: 3 };

/** The worst first. A folder whose change cannot be read is told as such, unless that is so of all: then why of the first. */
export function reviewsTogether(each: readonly RepositoryReview[]): ReviewAnswer {
  const reviewed = each.flatMap(({ folder, answer }) => (answer.kind === 'review' ? [{ folder, review: answer }] : []));
  const [first] = each;
  if (reviewed.length === 0) return first?.answer ?? { kind: 'failed', message: 'There is no change to review.' };
  const [worst = 'ok'] = reviewed
    .map(({ review }) => review.verdict)
    .toSorted((one, other) => severity[other] - severity[one]);
  const without = reviewed.filter(({ review }) => review.withoutFacts !== null);
  return {
    kind: 'review',
    verdict: worst,
    title: `${worst} · ${reviewed.map(({ folder, review }) => `${folder}: ${withoutVerdict(review)}`).join('; ')}`,
    withoutFacts: without.length === reviewed.length ? (without[0]?.review.withoutFacts ?? null) : null,
    functions: reviewed
      .flatMap(({ folder, review }) => review.functions.map((found) => ({ ...found, folder })))
      .toSorted((one, other) => severity[other.verdict] - severity[one.verdict]),
    unread: [
      ...reviewed.flatMap(({ folder, review }) =>
        review.unread.map(({ file, reason }) => ({ file: `${folder}/${file}`, reason })),
      ),
      ...without
        .filter(() => without.length < reviewed.length)
        .map(({ folder, review }) => ({ file: folder, reason: `judged by its text alone: ${review.withoutFacts}` })),
      ...each.flatMap(({ folder, answer }) =>
        answer.kind === 'failed' ? [{ file: folder, reason: answer.message }] : [],
      ),
    ],
  };
}

/** A title begins with the verdict. */
const withoutVerdict = ({ title, verdict }: ReviewedChange): string =>
  title.startsWith(`${verdict} · `) ? title.slice(verdict.length + 3) : title;
