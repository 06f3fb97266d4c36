import { describe, expect, it } from 'vitest';
import { probeRequestSchema } from './probe.ts';

const request = {
  kind: 'snapshot',
  place: { file: 'src/orders.ts', line: 42 },
  target: { service: 'shop' },
};

describe('a request for a probe', () => {
  it.each([
    ['a log without a message', { ...request, kind: 'log' }, 'needs a message'],
    ['a snapshot with a message', { ...request, message: 'x' }, 'only a log probe'],
    ['a counter with expressions', { ...request, kind: 'counter', expressions: ['a'] }, 'only a snapshot'],
    ['a snapshot told apart by a value', { ...request, by: 'a' }, 'counters and timers'],
    [
      'a counter between two lines',
      { ...request, kind: 'counter', place: { ...request.place, untilLine: 50 } },
      'only a timer',
    ],
    ['control characters', { ...request, reason: 'a\u001b[31m' }, 'control characters'],
    ['a life beyond a day', { ...request, life: 86_401 }, '86400'],
    ['a line of 0', { ...request, place: { ...request.place, line: 0 } }, '>0'],
    ['a blob id that is none', { ...request, place: { ...request.place, blob: 'x' } }, 'pattern'],
  ])('%s is refused with the reason', (_, input, reason) => {
    const answer = probeRequestSchema.safeParse(input);
    expect(answer.success).toBe(false);
    expect(answer.error?.issues.map((issue) => issue.message).join()).toContain(reason);
  });

  it('of the smallest form stands before a line', () => {
    expect(probeRequestSchema.parse(request).place.at).toBe('line');
  });
});
