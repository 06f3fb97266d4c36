import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those that take longest, half a minute and more: were one of them begun last, the other workers would wait for it. */
const slow = [
  'editor/suites',
  'editor/chat',
  'editor/pages.',
  'sensor/probes-adversity',
  'truth/truth',
  'trust/audit-log',
  'sensor/beside.',
  'sensor/query-builders',
  'crash/kill-nine',
  'sensor/export-thread',
  'sensor/callers',
  'sensor/children',
  'agents/agent-clients',
  'behaviour/open-twins',
];

/** The order in which test files begin: the slowest first, the others as vitest has them. */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = slow.findIndex((part) => moduleId.includes(`/test/${part}`));
      return at < 0 ? slow.length : at;
    };
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other));
  }
}
