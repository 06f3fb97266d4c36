import { controlMessageSchema } from '@runlens/protocol/control';
import { describe, expect, it } from 'vitest';
import { readMessage } from './command.ts';
import { Lines } from './lines.ts';
import { waitBeforeNext } from './reconnection.ts';

describe('a line of the collector', () => {
  it.each([{ kind: 'welcome', connection: 'c' }, { kind: 'heartbeat' }, { kind: 'switch', id: 'a', on: false }])(
    '%j is read as the schema has it',
    (message) => {
      expect(readMessage(JSON.stringify(message))).toEqual(controlMessageSchema.parse(message));
    },
  );

  it.each([
    '',
    '{',
    'null',
    '[]',
    '"switch"',
    '{"kind":"switch","on":true}',
    `{"kind":"switch","id":"${'x'.repeat(300)}","on":true}`,
  ])('%j is nothing', (line) => expect(readMessage(line)).toBeUndefined());

  it.each(['{"kind":"switch","id":"1","on":"yes"}', '{"kind":"probe","id":"1"}'])(
    '%j is answered as unsupported',
    (line) => expect(readMessage(line)).toEqual({ kind: 'unsupported', id: '1' }),
  );
});

describe('lines', () => {
  it('are whole wherever the stream is cut, between bytes of one character too', () => {
    const text = Buffer.from('{"a":"é"}\n\n{"b":"😀"}\n{"c"');
    for (let at = 0; at <= text.length; at += 1) {
      const lines = new Lines(100);
      const read = [...lines.add(text.subarray(0, at)), ...lines.add(text.subarray(at))];
      expect(read).toEqual(['{"a":"é"}', '{"b":"😀"}']);
    }
  });

  it('of a stream without an end take no more room than one may', () => {
    const lines = new Lines(1_000);
    for (let i = 0; i < 11; i += 1) expect(lines.add(Buffer.alloc(100, 'x'))).toEqual([]);
    expect(lines.isTooLong).toBe(true);
    expect(lines.add(Buffer.from('\n{}\n'))).toEqual([]);
  });
});

describe('the next try', () => {
  const wait = (
    failures: number,
    place: 'loopback' | 'remote',
    end: Parameters<typeof waitBeforeNext>[0] = { kind: 'failed' },
  ) => waitBeforeNext(end, failures, place, () => 0.999999);

  it('comes later each time, up to a bound, later where it is farther', () => {
    expect([1, 2, 3, 4, 50].map((failures) => Math.round(wait(failures, 'loopback')))).toEqual([
      1_000, 2_000, 4_000, 5_000, 5_000,
    ]);
    expect(Math.round(wait(50, 'remote'))).toBe(60_000);
  });

  it('never comes at one time for a fleet', () => {
    const one = waitBeforeNext({ kind: 'failed' }, 1, 'loopback', () => 0);
    expect(one).toBe(500);
  });

  it('of a server that has no such path, or refuses, comes after minutes', () => {
    for (const status of [401, 403, 404, 405]) {
      expect(wait(1, 'loopback', { kind: 'answered', status, retryAfterMilliseconds: undefined })).toBeGreaterThan(
        300_000,
      );
    }
  });

  it('heeds how long a busy one asks to wait', () => {
    expect(wait(1, 'loopback', { kind: 'answered', status: 503, retryAfterMilliseconds: 42_000 })).toBe(42_000);
  });
});
