/** A review as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0), for code scanning. */
import type { Review } from './review.ts';
import { quote, reasonRules } from './review.ts';

const levels = { severe: 'error', warning: 'warning', notice: 'note', ok: 'none' } as const;
const descriptions: Record<(typeof reasonRules)[number], string> = {
  'added-operation': 'The change adds operations of a database, of other services or of files.',
  'operation-in-loop': 'The change adds such operations in a loop.',
  'slow-call': 'The change adds a call of a function that is slow in production.',
  'lost-safeguard': 'The change takes a time-out, retry, cache, guard, transaction or error handling away.',
  'failing-now': 'The changed function is failing in production.',
  'never-runs': 'The changed function is not called in production.',
  'not-judged': 'What runs in production is another text than the one that is changed.',
};
/** Code scanning takes no more of one run (GitHub's limit is 25,000). */
const mostResults = 5_000;

export function reviewSarif(review: Review, version: string): object {
  const results = review.functions.flatMap((each) =>
    each.reasons.map((reason) => ({
      ruleId: reason.rule,
      level: levels[reason.verdict],
      message: { text: `${quote(each.function)} ${reason.text}` },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: encodeURI(each.file), uriBaseId: '%SRCROOT%' },
            region: { startLine: Math.max(1, reason.line) },
          },
        },
      ],
    })),
  );
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Runlens',
            version,
            rules: reasonRules.map((id) => ({ id, shortDescription: { text: descriptions[id] } })),
          },
        },
        results: results.slice(0, mostResults),
      },
    ],
  };
}
