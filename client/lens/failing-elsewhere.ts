import { formatShare } from '@runlens/protocol/format';
import type { DocumentFunction } from '@runlens/protocol/lsp';

const environmentsShown = 2;

/** `staging 12 %, eu 3 %`; empty when it fails nowhere else. */
export function failingElsewhereText(one: Pick<DocumentFunction, 'failingElsewhere'>): string {
  const named = one.failingElsewhere
    .slice(0, environmentsShown)
    .map(({ environment, errorRate }) => `${environment} ${formatShare(errorRate)}`);
  const more = one.failingElsewhere.length - named.length;
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
}
