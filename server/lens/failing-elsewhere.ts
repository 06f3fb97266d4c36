/** Whether the same function fails clearly more in another environment. */
import type { Profile } from '@runlens/protocol/api/profile';

export interface FailingElsewhere {
  readonly environment: string;
  readonly errorRate: number;
  readonly calls: number;
}

/** One failed call of three is chance as often as not: fewer errors than this warn of nothing. */
const leastErrors = 3;
const leastRate = 0.01;
const timesAsMuch = 2;
/** Two proportions differ with a confidence of 99 % (one-sided) beyond this many standard errors. */
const clearly = 2.326;

/**
 * The environments of `others` in which the function fails clearly more than in `shown`: at least 3 errors, at least
 * 1 % of calls, at least twice the rate shown, and more than chance explains (two-proportion z-test, 99 % one-sided).
 * Where nothing was called in the environment shown, the first two conditions decide. Worst first.
 */
export function failingElsewhere(shown: Profile | null, others: readonly Profile[]): readonly FailingElsewhere[] {
  return others
    .flatMap((other) => {
      const rate = other.calls > 0 ? other.errors / other.calls : 0;
      if (other.errors < leastErrors || rate < leastRate || !clearlyMore(other, shown)) return [];
      return [{ environment: other.environment, errorRate: rate, calls: other.calls }];
    })
    .sort((a, b) => b.errorRate - a.errorRate);
}

function clearlyMore(other: Profile, shown: Profile | null): boolean {
  if (!shown || shown.calls === 0) return true;
  const [there, here] = [other.errors / other.calls, shown.errors / shown.calls];
  if (there < here * timesAsMuch) return false;
  const pooled = (other.errors + shown.errors) / (other.calls + shown.calls);
  const standardError = Math.sqrt(pooled * (1 - pooled) * (1 / other.calls + 1 / shown.calls));
  return standardError === 0 ? there > here : (there - here) / standardError > clearly;
}
