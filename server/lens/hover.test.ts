import { bucketIndex } from '@runlens/protocol/histogram';
import type { DocumentFunction } from '@runlens/protocol/lsp';
import { describe, expect, it } from 'vitest';
import { aDuration, aProfile, now } from '../testing/profiles.ts';
import { histogramText } from './histogram-text.ts';
import { hoverMarkdown } from './hover.ts';
import { codeSpan, escapeMarkdown } from './markdown.ts';

const range = { start: { line: 3, character: 2 }, end: { line: 9, character: 1 } };
const found = (given: Partial<DocumentFunction>): DocumentFunction => ({
  name: 'add',
  range,
  selectionRange: range,
  state: { kind: 'measured', mapping: 'exact', profile: aProfile({ function: 'add' }) },
  label: '',
  heat: 4,
  failingElsewhere: [],
  ...given,
});
const hover = (given: Partial<DocumentFunction> = {}): string =>
  hoverMarkdown({ found: found(given), uri: 'file:///a.js', window: '15m', now: Date.parse(now) }) ?? '';

const hostile = [
  '[click](command:workbench.action.terminal.new)',
  '![x](https://evil.example/a.png)',
  '<img src=x onerror=alert(1)>',
  '` `` [x](command:y) `` `',
  'a | b | c\n\n# head',
  '\u202egnp.exe',
  'https://evil.example',
  '&lt;b&gt; $(rocket) ~~x~~',
];

describe('the hover', () => {
  it('tells of a condition only where it matters, and of the slowest call', () => {
    const conditions = {
      cold: aDuration(0.04, 3),
      warm: aDuration(0.003, 500),
      failed: aDuration(0.004, 100),
      fine: aDuration(0.003, 400),
      concurrency: [],
      hours: [],
    };
    const told = hover({
      state: {
        kind: 'measured',
        mapping: 'exact',
        profile: aProfile({
          function: 'add',
          conditions,
          exemplars: [
            {
              time: '2026-03-01T11:58:03.250Z',
              seconds: 1.2,
              entry: 'GET /items/:id',
              conditions: ['cold', 'requests 2-4'],
              traceId: '0af7651916cd43dd8448eb211c80319c',
              queries: { count: 24, summary: 'SELECT orders' },
            },
            { time: '2026-03-01T11:50:00.000Z', seconds: 1.1, conditions: [] },
          ],
        }),
      },
    });
    expect(told).toContain('\n\n**cold: p50 40 ms vs 3 ms warm**\n\n');
    expect(told).toContain(
      'slowest: 1.2 s at 11:58:03 UTC for `GET /items/:id` (cold, requests 2-4) · 24 queries &#40;SELECT orders&#41; · trace `0af7651916cd43dd8448eb211c80319c`',
    );
    expect(told).not.toContain('failed');
    expect(told).not.toContain('1.1 s');
  });

  it('tells the whole profile', () => {
    const profile = aProfile({
      function: 'add',
      entries: [{ name: 'POST /cart', calls: 20, duration: aDuration(0.004, 20) }],
      callers: [{ function: 'checkout', file: 'src/shop.js', calls: 9 }],
      queries: [
        {
          statement: 'SELECT * FROM item WHERE id = ?',
          system: 'sqlite',
          callsPerCall: 3,
          calls: 60,
          totalSeconds: 1,
          repeats: { of: 5, mean: 24, distribution: [], within: { file: 'a.ts', function: 'Shelf.list' } },
        },
      ],
      outgoing: [{ target: 'payments', calls: 2, errors: 1, totalSeconds: 0.2 }],
      exceptions: [
        {
          type: 'RangeError',
          message: 'no price',
          cause: 'ENOENT',
          thrown: { file: 'src/rules.ts', function: 'rule', line: 41 },
          count: 7,
          caughtHere: 3,
          caughtByCaller: 5,
          uncaught: 2,
          firstSeen: now,
          lastSeen: now,
          newIn: 'v2',
        },
      ],
    });
    const text = hover({ state: { kind: 'measured', mapping: 'byName', profile } });
    for (const part of [
      'p50',
      'p90',
      'p95',
      'p99',
      'POST /cart',
      'checkout',
      'SELECT',
      '**24 times in one call of** `Shelf.list`',
      'payments',
      'thrown in `rule`',
      '7 left it (5 caught by a caller, 2 uncaught), 3 caught here',
      '**new in v2**',
      'RangeError',
      'v42',
      '█',
      'by its name',
    ]) {
      expect(text).toContain(part);
    }
  });

  it.each(hostile)('%j shows as it is and does nothing', (text) => {
    const profile = aProfile({
      function: text,
      service: text,
      environment: text,
      entries: [{ name: text, calls: 1, duration: null }],
      exemplars: [
        { time: now, seconds: 1, entry: text, conditions: [], traceId: text, queries: { count: 2, summary: text } },
      ],
      callers: [{ function: text, file: text, calls: 1 }],
      exceptions: [
        {
          type: text,
          message: text,
          cause: text,
          thrown: { file: text, function: text },
          count: 1,
          lastSeen: now,
          newIn: text,
        },
      ],
      queries: [{ statement: text, system: text, callsPerCall: 1, calls: 1, totalSeconds: 1 }],
      outgoing: [{ target: text, calls: 1, errors: 0, totalSeconds: 1 }],
    });
    const markdown = hover({ name: text, state: { kind: 'measured', mapping: 'exact', profile } });
    const outsideOfCode = markdown.replace(/(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g, '');
    // The two links are ours.
    expect(outsideOfCode.match(/\]\([^?)]*/g)).toEqual([
      '](command:runlens.showFunction',
      '](command:runlens.askCopilot',
    ]);
    expect(outsideOfCode).not.toMatch(/<|https:\/\/|\u202e|\$\(/);
    expect(markdown).not.toContain('\u202e');
    // Every table row keeps its cells.
    for (const row of markdown.split('\n').filter((line) => line.startsWith('|'))) expect(row.endsWith('|')).toBe(true);
  });

  it('a code span cannot be closed from within', () => {
    expect(codeSpan('a``b')).toBe('```a``b```');
    expect(codeSpan('`')).toBe('`` ` ``');
    expect(escapeMarkdown('*a*')).toBe('&#42;a&#42;');
  });

  it('an absence is told in words', () => {
    expect(hover({ state: { kind: 'notMeasured', reason: 'notDeployed', message: 'It is new.' } })).toContain(
      '**Not measured here.** It is new&#46;',
    );
    expect(hover({ state: { kind: 'loading' } })).toBe('');
  });
});

describe('the histogram in text', () => {
  it('shows every column that has a value', () => {
    const indexes = [bucketIndex(0.001), bucketIndex(0.002), bucketIndex(1)];
    const text = histogramText({ histogram: { zeroCount: 0, indexes, counts: [1_000_000, 10, 1] } });
    expect(text).toMatch(/^9\d\d µs █ *▁ +▁ 1(\.\d+)? s$/);
  });
  it('is empty when nothing was timed', () => {
    expect(histogramText({ histogram: { zeroCount: 3, indexes: [], counts: [] } })).toBe('');
  });
});
