import type { SentCapture } from '@runlens/protocol/probes/messages';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CapturesQueue } from './captures-queue.ts';

const capture = (id: number, message = ''): SentCapture => ({
  id: `c-${String(id).padStart(8, '0')}`,
  probe: id % 2 === 0 ? 'p-even' : 'p-odd',
  kind: 'log',
  at: '2026-01-02T03:04:05.000Z',
  file: 'a.ts',
  function: 'a',
  line: 1,
  message,
  redacted: 0,
  cut: [],
  cost: 0,
});

describe('captures on their way', () => {
  let sent: { readonly ids: readonly string[]; readonly done: (isTaken: boolean) => void }[];
  let dropped: string[];
  let isConnected: boolean;
  let queue: CapturesQueue;

  beforeEach(() => {
    vi.useFakeTimers();
    sent = [];
    dropped = [];
    isConnected = true;
    queue = new CapturesQueue(
      (captures, done) => {
        if (isConnected) sent.push({ ids: captures.map((text) => JSON.parse(text).id), done });
        return isConnected;
      },
      (probe) => dropped.push(probe),
    );
  });
  afterEach(() => {
    queue.clear();
    vi.useRealTimers();
  });

  it('are told as lost where there is no room: the oldest first, and never one that is being sent', () => {
    queue.add(capture(0));
    vi.advanceTimersByTime(50);
    expect(sent.map(({ ids }) => ids)).toEqual([['c-00000000']]);
    for (let id = 1; id <= 2_000; id += 1) queue.add(capture(id));
    expect(dropped).toEqual(['p-odd']);
    sent[0]?.done(true);
    vi.advanceTimersByTime(0);
    expect(sent[1]?.ids[0]).toBe('c-00000002');
  });

  it('are told as lost when nobody is there any more', () => {
    isConnected = false;
    queue.add(capture(1));
    queue.add(capture(2));
    vi.advanceTimersByTime(50);
    queue.clear();
    expect(dropped).toEqual(['p-odd', 'p-even']);
    isConnected = true;
    queue.resume();
    vi.advanceTimersByTime(5_000);
    expect(sent).toEqual([]);
  });

  it('are told as lost when one is too large to be sent at all', () => {
    queue.add(capture(3, 'x'.repeat(600_000)));
    expect(dropped).toEqual(['p-odd']);
  });

  it('are sent again until they are taken, and none is lost', () => {
    queue.add(capture(1));
    vi.advanceTimersByTime(50);
    sent[0]?.done(false);
    vi.advanceTimersByTime(1_000);
    expect(sent.map(({ ids }) => ids)).toEqual([['c-00000001'], ['c-00000001']]);
    sent[1]?.done(true);
    vi.advanceTimersByTime(5_000);
    expect(sent).toHaveLength(2);
    expect(dropped).toEqual([]);
  });
});
