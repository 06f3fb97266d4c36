import { describe, expect, it } from 'vitest';
import {
  checkText,
  completions,
  type FormValues,
  numberProblem,
  parseLife,
  type ReadyPlace,
  requestOf,
  untilProblem,
} from './form-model.ts';
import { actionText, markOf, numbersText, probeLines, stateText } from './probe-text.ts';
import { anInstance, aStatus, instant } from './test-captures.ts';

describe('a state', () => {
  it.each([
    [aStatus({ state: 'waiting', cause: 'no-instance' }), 'waiting', 'waiting: no-instance'],
    [aStatus({ instances: [anInstance(), anInstance({ state: 'waiting' })] }), 'armed', 'armed on 1 of 2'],
    [
      aStatus({
        hits: 7,
        instances: [anInstance({ line: 44 }), anInstance({ state: 'refused', cause: 'version-mismatch' })],
      }),
      'hit',
      'armed on 1 of 2 · refused elsewhere: version-mismatch · line 42 → 44 · 7 hits of 10',
    ],
    [
      aStatus({
        state: 'waiting',
        cause: 'file-not-loaded',
        instances: [anInstance({ state: 'refused', cause: 'bad-expression' })],
      }),
      'waiting',
      'waiting: file-not-loaded · refused elsewhere: bad-expression',
    ],
    [aStatus({ state: 'refused', cause: 'line-without-code' }), 'refused', 'refused: line-without-code'],
    [aStatus({ state: 'limited', cause: 'over-budget' }), 'limited', 'limited: over-budget'],
    [aStatus({ state: 'expired', cause: 'expired' }), 'ended', 'expired'],
    [aStatus({ state: 'proposed', cause: 'needs-approval' }), 'proposed', 'an agent asks for it'],
    [
      aStatus({ hits: 2, instances: [anInstance({ skipped: 1_200, dropped: 1 }), anInstance({ dropped: 4 })] }),
      'hit',
      'armed on 2 of 2 · 2 hits of 10 · 1.2k more left out by its limits · 5 captures lost',
    ],
    [aStatus({ instances: [anInstance({ failures: 3 })] }), 'armed', 'armed on 1 of 1 · 3 times its expression failed'],
  ])('%#: %s', (status, mark, told) => {
    expect(markOf(status)).toBe(mark);
    expect(stateText(status)).toBe(told);
  });

  it('says what it does, for whom and why, with the texts of others made harmless', () => {
    const status = aStatus({}, { condition: 'a > 1', reason: 'look\nhere\u202e' });
    expect(actionText(status.probe)).toBe('snapshot if a > 1');
    expect(probeLines(status, Date.parse(instant)).join('|')).toContain('by ada: look here\ufffd');
  });

  it('tells what a counter and a timer have measured', () => {
    const duration = { sum: 3, max: 0.2, zeroCount: 0, indexes: [-107, -75], counts: [90, 10] };
    expect(numbersText(aStatus({ numbers: [] }, { kind: 'counter' }))).toBeUndefined();
    expect(
      numbersText(
        aStatus(
          {
            numbers: [
              { by: '200', count: 5 },
              { by: '500', count: 40_200 },
            ],
          },
          { kind: 'counter' },
        ),
      ),
    ).toBe('500: 40.2k hits · 200: 5 hits');
    expect(numbersText(aStatus({ numbers: [{ by: null, count: 100, duration }] }, { kind: 'timer' }))).toMatch(
      /^100 times · p50 \d+(\.\d+)? ms · p99 \d+ ms · max 200 ms$/,
    );
  });
});

describe('the form', () => {
  const names = [
    { name: 'order', from: 'parameter' },
    { name: 'original', from: 'local' },
    { name: 'total', from: 'local' },
  ] as const;

  it('takes the condition of a breakpoint as it is, and says what is wrong with what cannot be', () => {
    expect(checkText('snapshot', 'order.total > 100 && !original', names)).toEqual({ problem: null, warning: null });
    expect(checkText('snapshot', '', names)).toEqual({ problem: null, warning: null });
    expect(checkText('snapshot', 'order.total = 100', names).problem).toContain('write === instead of =');
    expect(checkText('snapshot', 'order.pay()', names).problem).toContain('.pay() is not among the calls');
    expect(checkText('snapshot', 'ordr.total > 1', names).warning).toContain('ordr: no such name is in scope');
    expect(checkText('log', '', names).problem).toContain('Write the line to log');
    expect(checkText('log', 'order {order.id', names).problem).toContain('is not closed');
    expect(checkText('log', 'order {order.id}', names)).toEqual({ problem: null, warning: null });
  });

  it('completes the names in scope where a name can stand, and not after a dot or in a text', () => {
    const completed = (kind: 'snapshot' | 'log', text: string) =>
      completions(kind, text, names).map((each) => each.completed);
    expect(completed('snapshot', 'total > 1 && or')).toEqual(['total > 1 && order', 'total > 1 && original']);
    expect(completed('snapshot', 'order.t')).toEqual([]);
    expect(completed('log', 'the total {to')).toEqual(['the total {total']);
    expect(completed('log', 'the to')).toEqual([]);
  });

  it('asks for what was written and for nothing else', () => {
    const ready: ReadyPlace = {
      kind: 'ready',
      place: { file: 'a.ts', line: 3, at: 'line' },
      target: { service: 'shop', environment: 'production' },
      targets: [],
      names,
      note: null,
    };
    const of = (values: FormValues) => requestOf(ready, values);
    const shared = { place: ready.place, target: ready.target };
    expect(of({ kind: 'snapshot', text: ' total > 1 ', level: 'warn', by: 'total' })).toEqual({
      ...shared,
      kind: 'snapshot',
      condition: 'total > 1',
    });
    expect(of({ kind: 'log', text: 'at {total}', condition: 'total', level: 'warn' })).toEqual({
      ...shared,
      kind: 'log',
      condition: 'total',
      message: 'at {total}',
      level: 'warn',
    });
    expect(of({ kind: 'counter', text: '', by: 'total', life: 60 })).toEqual({
      ...shared,
      kind: 'counter',
      by: 'total',
      life: 60,
    });
    expect(of({ kind: 'log', text: 'at', toServiceLog: true, depth: 2, rate: 0.5, mostInstances: 2 })).toEqual({
      ...shared,
      target: { ...ready.target, mostInstances: 2 },
      kind: 'log',
      message: 'at',
      toServiceLog: true,
      rate: 0.5,
    });
    expect(of({ kind: 'snapshot', text: '', toServiceLog: true, depth: 2, rate: 5 })).toEqual({
      ...shared,
      kind: 'snapshot',
      capture: { depth: 2 },
      rate: 5,
    });
    expect(of({ kind: 'counter', text: '', depth: 2, rate: 5 })).toEqual({ ...shared, kind: 'counter' });
  });

  it.each([
    ['', undefined],
    ['12', undefined],
    ['20', undefined],
    ['10', 'A line below line 10'],
    ['21', 'A line below line 10'],
    ['1e3', 'A line below line 10'],
    ['-12', 'A line below line 10'],
  ])('a timer from line 10 of 20 to %j: %s', (text, problem) => {
    const told = untilProblem(text, 10, 20);
    if (problem === undefined) expect(told).toBeUndefined();
    else expect(told).toContain(problem);
  });

  it.each([
    ['1', true],
    ['25', true],
    ['26', false],
    ['0', false],
    ['1.5', false],
    ['', false],
    ['2x', false],
  ])('a number from 1 to 25, %j: %s', (text, fits) => {
    expect(numberProblem(text, 1, 25) === undefined).toBe(fits);
  });

  it('a rate may be less than one a second', () => {
    expect(numberProblem('0.1', 0.001, 25, false)).toBeUndefined();
    expect(numberProblem('0.0001', 0.001, 25, false)).toContain('0.001');
  });

  it.each([
    ['90s', 90],
    ['15m', 900],
    ['1h', 3_600],
    ['2d', undefined],
    ['soon', undefined],
  ])('a life of %s is %s seconds', (text, seconds) => expect(parseLife(text)).toBe(seconds));
});
