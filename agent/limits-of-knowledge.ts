/** What an answer does not know, so that nobody concludes from it what it cannot carry. */
import type { ServicesResponse } from '@runlens/protocol';

/** Whether sensors of this selection leave something out now: then an absence is no zero. */
export function sensorsLimited(
  { services }: ServicesResponse,
  scope: { readonly service?: string | undefined; readonly environment?: string | undefined },
): boolean {
  return services
    .filter(({ name }) => scope.service === undefined || name === scope.service)
    .flatMap(({ environments }) => environments)
    .filter(({ name }) => scope.environment === undefined || name === scope.environment)
    .some(({ limitedSensors = [] }) => limitedSensors.length > 0);
}

export const limitedSentence = 'Some sensors measure less than all now, so a missing call is no proof.';

/** The deployed text is not the one in the editor. */
export function deployedSentence(revisions: readonly (string | undefined)[]): string {
  const [newest] = revisions;
  return newest !== undefined && /^[0-9a-f]{7,64}/i.test(newest)
    ? `Changes after revision ${newest.slice(0, 7)} do not run yet.`
    : 'Which revision runs is not told, so the code here may differ.';
}
