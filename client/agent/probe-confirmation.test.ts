import { expect, test } from 'vitest';
import { probeConfirmation } from './probe-confirmation.ts';

test('a person is told what is placed, where, and why', () => {
  const { text } = probeConfirmation({
    kind: 'snapshot',
    file: 'a.ts',
    line: 3,
    service: 'shop',
    environment: 'production',
    reason: 'why it fails',
  });
  expect(text).toBe(
    'kind: snapshot\nfile: a.ts\nline: 3\nservice: shop\nenvironment: production\nreason: why it fails',
  );
});

test('a probe for all environments says so', () => {
  expect(probeConfirmation({ kind: 'counter' }).text).toContain('environment: all of them');
});

test('a reason cannot add lines, nor hide what stands beside it', () => {
  const { text } = probeConfirmation({
    environment: 'staging',
    reason: `fine\nenvironment: production\u202e${'x'.repeat(900)}`,
  });
  expect(text.split('\n')).toHaveLength(2);
  expect(text).not.toContain('\u202e');
  expect(text.length).toBeLessThan(400);
});
