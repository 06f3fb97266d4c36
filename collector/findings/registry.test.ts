/** Each kind of fault is found, and what looks like it raises nothing of any kind. */
import type { CompareResponse } from '@runlens/protocol/api/compare';
import { describe, expect, it } from 'vitest';
import { detect } from './registry.ts';
import type { NewError, ServiceFacts } from './service-facts.ts';
import { type CalledOften, called, daysAgo, durationOf, entry, exception, factsOf, query } from './testing.ts';

/** `repeatedQuery Shelf.list`. */
const foundIn = (facts: ServiceFacts): string[] =>
  detect(facts).map(({ kind, place }) => `${kind} ${place?.function ?? ''}`);
const nothing: readonly string[] = [];

describe('a query for each item', () => {
  const repeats = (of: number, mean: number) => ({
    of,
    mean,
    distribution: [{ least: 1, of: 0 }],
    within: { file: 'src/shop.ts', function: 'Shelf.list' },
  });
  const asking = (statement: string, of: number, mean: number) =>
    called({ function: 'Stock.of', queries: [query(statement, { calls: of * mean, repeats: repeats(of, mean) })] });
  const list = called({ function: 'Shelf.list' });

  it('is found at the loop, once for all that it asks', () => {
    const [finding, ...others] = detect(
      factsOf([asking('SELECT 1', 1_000, 24), { ...asking('SELECT 2', 1_000, 24), function: 'Reviews.of' }, list]),
    );
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      kind: 'repeatedQuery',
      place: { file: 'src/shop.ts', function: 'Shelf.list', line: 10 },
      confidence: 'certain',
      entries: ['GET /list'],
    });
    // 48,000 queries of a millisecond in half an hour, of which 2,000 would do.
    expect(finding?.impact.queriesPerMinute).toBeCloseTo(1_600);
    expect(finding?.impact.secondsPerDay).toBeCloseTo((48 - 2) * 48);
  });

  it('of each loop, where several repeat the same query', () => {
    const loops = [
      { file: 'src/shop.ts', function: 'Shelf.list', of: 1_000, mean: 24 },
      { file: 'src/shop.ts', function: 'Shelf.search', of: 500, mean: 12 },
    ];
    const asker = called({
      function: 'Stock.of',
      queries: [query('SELECT 1', { calls: 30_000, repeats: { ...repeats(1_500, 20), loops } })],
    });
    expect(foundIn(factsOf([asker]))).toEqual(['repeatedQuery Shelf.list', 'repeatedQuery Shelf.search']);
  });

  it.each([
    ['a query asked three times', asking('SELECT 1', 1_000, 3)],
    ['a start that fills its tables', asking('INSERT INTO product VALUES (?)', 1, 20_000)],
    ['transactions', asking('BEGIN IMMEDIATE', 1_000, 8)],
    ['one query for all', called({ function: 'Stock.of', queries: [query('SELECT 1 WHERE id IN (?)')] })],
  ])('is not %s', (_, asker) => {
    expect(foundIn(factsOf([asker, list]))).toEqual(nothing);
  });
});

describe('a slow query', () => {
  const others = ['a', 'b', 'c', 'd', 'e'].map((name) =>
    called({ function: name, queries: [query(`SELECT ${name}`, { totalSeconds: 0.05 })] }),
  );
  const search = (seconds: number, calls = 500) =>
    called({
      function: 'search',
      queries: [query('SELECT x WHERE n LIKE ?', { calls, totalSeconds: seconds * calls })],
    });

  it('is one that takes many times the others', () => {
    const [finding] = detect(factsOf([...others, search(0.003)]));
    expect(finding).toMatchObject({ kind: 'slowQuery', place: { function: 'search' }, confidence: 'likely' });
    expect(finding?.remedy).toContain('LIKE');
    expect(finding?.impact.secondsPerDay).toBeCloseTo(500 * (0.003 - 0.00005) * 48);
  });
  it('or long for anybody', () => {
    expect(foundIn(factsOf([search(0.3)]))).toEqual(['slowQuery search']);
  });
  it.each([
    ['one that was asked twice', [...others, search(3, 2)]],
    ['one that is slower than the others, and fast', [...others, search(0.0009)]],
    [
      'one of a database where all are like it',
      [0.02, 0.03, 0.02, 0.025, 0.03].map((s, i) => ({
        ...search(s),
        queries: [query(`SELECT ${i}`, { totalSeconds: 1_000 * s })],
      })),
    ],
    [
      'a report that takes little of the time',
      [
        ...others.map((o) => ({ ...o, queries: [query(`SELECT ${o.function}`, { calls: 100_000, totalSeconds: 5 })] })),
        search(0.002),
      ],
    ],
  ])('is not %s', (_, functions) => {
    expect(foundIn(factsOf(functions))).toEqual(nothing);
  });
});

describe('a cheap function that makes up much of a request', () => {
  const page = called({ function: 'list', takes: 0.018 });
  const format = (takes: number, perRequest: number) =>
    called({
      function: 'format',
      takes,
      for: { 'GET /list': 1_000 * perRequest },
      callers: [{ function: 'list', file: 'src/shop.ts', calls: 1_000 * perRequest }],
    });

  it('is found', () => {
    expect(foundIn(factsOf([page, format(0.0003, 24)]))).toEqual(['repeatedCall format']);
  });
  it('and not who only passes its time on', () => {
    const card = called({
      function: 'card',
      takes: 0.00031,
      for: { 'GET /list': 24_000 },
      callers: [{ function: 'list', file: 'src/shop.ts', calls: 24_000 }],
    });
    const inner = { ...format(0.0003, 24), callers: [{ function: 'card', file: 'src/shop.ts', calls: 24_000 }] };
    expect(foundIn(factsOf([page, card, inner]))).toEqual(['repeatedCall format']);
  });
  it('also where its time is that of callbacks too short to be timed', () => {
    const callback = called({
      function: 'format.map(#1)',
      takes: 1e-7,
      for: { 'GET /list': 72_000_000 },
      callers: [{ function: 'format', file: 'src/shop.ts', calls: 72_000_000 }],
    });
    expect(foundIn(factsOf([page, format(0.0003, 24), callback]))).toEqual(['repeatedCall format']);
  });
  it.each([
    ['called often and quick', format(0.000_01, 24)],
    ['called once in a request', format(0.01, 1)],
    ['called by jobs', called({ function: 'format', takes: 0.0003, for: { 'cron: nightly': 24_000 } })],
  ])('is not one %s', (_, functions) => {
    expect(foundIn(factsOf([page, functions]))).toEqual(nothing);
  });
});

describe('waits one after the other', () => {
  const part = (name: string, takes: number) =>
    called({ function: name, takes, callers: [{ function: 'page', file: 'src/shop.ts', calls: 1_000 }] });
  const page = (
    takes: number,
    waits = [
      { line: 12, calls: ['left'] },
      { line: 13, calls: ['parts.right'] },
    ],
  ) => called({ function: 'page', takes, serialWaits: { calls: 1_000, waits } });

  it('are found with what could be saved', () => {
    const [finding, ...others] = detect(factsOf([page(0.05), part('left', 0.02), part('Parts.right', 0.03)]));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ kind: 'serialAwaits', place: { function: 'page' }, confidence: 'likely' });
    expect(finding?.evidence.join()).toContain('line 13: parts.right takes 30 ms');
    expect(finding?.impact.secondsPerDay).toBeCloseTo(1_000 * 0.02 * 48);
  });
  it('also of what it asks itself', () => {
    const [waits] = [
      [
        { line: 3, calls: ['fetch', 'one.json'] },
        { line: 5, calls: ['fetch', 'other.json'] },
      ],
    ];
    const target = (path: string) => ({ target: `GET api:80/${path}`, calls: 1_000, errors: 0, totalSeconds: 20 });
    const asking = { ...page(0.04, waits), outgoing: [target('a'), target('b')] };
    expect(foundIn(factsOf([asking]))).toEqual(['serialAwaits page']);
  });
  it.each([
    ['of little time', [page(0.004), part('left', 0.002), part('Parts.right', 0.002)]],
    [
      'that run together, as the call takes no longer than one of them',
      [page(0.03), part('left', 0.03), part('Parts.right', 0.03)],
    ],
    ['of which one takes no time', [page(0.03), part('left', 0.03), part('Parts.right', 0.000_01)]],
    [
      'of which the text tells nothing',
      [called({ function: 'page', takes: 0.05 }), part('left', 0.02), part('Parts.right', 0.03)],
    ],
  ])('are not those %s', (_, functions) => {
    expect(foundIn(factsOf(functions))).toEqual(nothing);
  });
});

describe('what is asked for again and again', () => {
  const rate = (
    same: number,
    { takes = 0.02, of = 200, ...rest }: Partial<CalledOften> & { of?: number; takes?: number } = {},
  ) =>
    called({
      ...{ function: 'rateOf', takes, ...rest },
      outgoing: [
        { target: 'GET rates:80/{id}', calls: 1_000, errors: 0, totalSeconds: 1_000 * takes, same: { of, same } },
      ],
    });

  it('is found with the time that the same answers took', () => {
    const [finding, ...others] = detect(factsOf([rate(190)]));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      kind: 'identicalCalls',
      place: { function: 'rateOf' },
      subject: 'GET rates:80/{id}',
    });
    expect(finding?.impact.secondsPerDay).toBeCloseTo(1_000 * 0.02 * 0.95 * 48);
  });
  it.each([
    ['for others each time', rate(20)],
    ['that is quick', rate(200, { takes: 0.000_5 })],
    ['that was seldom looked at', rate(10, { of: 10 })],
    ['by a job that looks whether there is something to do', rate(200, { for: { 'timer: poll': 1_000 } })],
  ])('is not what is asked %s', (_, asking) => {
    expect(foundIn(factsOf([asking]))).toEqual(nothing);
  });
  it('is not told of a statement whose index comes first', () => {
    const slow = called({
      function: 'search',
      queries: [query('SELECT x WHERE n LIKE ?', { totalSeconds: 300, same: { of: 200, same: 200 } })],
    });
    expect(foundIn(factsOf([slow]))).toEqual(['slowQuery search']);
  });
});

describe('errors', () => {
  const route = 'POST /pay';
  const read = { file: 'src/shop.ts', function: 'Gateway.read', line: 44 };
  const pay = { file: 'src/shop.ts', function: 'pay', line: 58 };
  const syntax = { message: 'Unexpected token', thrown: read };
  const unavailable = { message: 'not paid', thrown: pay };
  const declined = exception('Declined', { count: 9, uncaught: 9, thrown: { ...read, function: 'Gateway.charge' } });
  const gateway = called({
    function: 'Gateway.read',
    for: { [route]: 1_000 },
    exceptions: [exception('SyntaxError', { ...syntax, count: 30, caughtByCaller: 30 })],
  });
  const payment = called({
    function: 'pay',
    for: { [route]: 1_000 },
    errors: 39,
    exceptions: [
      exception('SyntaxError', { ...syntax, caughtHere: 30 }),
      exception('Unavailable', { ...unavailable, count: 30, uncaught: 30 }),
      declined,
    ],
  });

  it('that users see are told once, where they came from', () => {
    const found = detect(factsOf([gateway, payment], { entries: [entry(route, { errors: 30 })] }));
    expect(found.map(({ kind, place, subject }) => [kind, place?.function, subject])).toEqual([
      ['failing', 'Gateway.read', 'SyntaxError: Unexpected token'],
    ]);
    expect(found[0]?.evidence.join('\n')).toContain('throws Unavailable: not paid in its place');
    expect(found[0]?.impact.errorsPerDay).toBe(30 * 48);
  });
  it('that became answers below 500 are how a service says no', () => {
    expect(foundIn(factsOf([gateway, payment], { entries: [entry(route)] }))).toEqual(nothing);
  });
  it('that are caught are no failures', () => {
    const parse = called({ function: 'isJson', exceptions: [exception('SyntaxError', { caughtHere: 400 })] });
    expect(foundIn(factsOf([parse], { entries: [entry('GET /list', { errors: 2 })] }))).toEqual(nothing);
  });
  it('of a job that nobody sees are told', () => {
    const job = called({
      function: 'nightly',
      calls: 30,
      for: { 'cron: nightly': 30 },
      exceptions: [exception('TypeError', { count: 30, uncaught: 30 })],
    });
    expect(foundIn(factsOf([job]))).toEqual(['failing nightly']);
  });

  const fresh = (overrides: Partial<NewError> = {}): NewError => ({
    ...pay,
    exception: exception('TypeError', { count: 40, uncaught: 40, thrown: pay, newIn: 'v2' }),
    callsBefore: 50_000,
    ...overrides,
  });
  it('that no version had before are new', () => {
    const failing = { ...payment, exceptions: [fresh().exception] };
    const facts = factsOf([failing], {
      newErrors: [fresh(), { ...fresh(), function: 'route' }],
      entries: [entry(route, { errors: 40 })],
    });
    expect(foundIn(facts)).toEqual(['newError pay']);
  });
  it('that were not new to anybody fail as others do', () => {
    const facts = factsOf([gateway, payment], {
      entries: [entry(route, { errors: 30 })],
      // Of a first version all errors are the first.
      newErrors: [{ ...read, exception: exception('SyntaxError', { ...syntax, count: 30 }), callsBefore: 0 }],
    });
    expect(foundIn(facts)).toEqual(['failing Gateway.read']);
  });
  it.each([
    ['where the version before had few calls', fresh({ callsBefore: 20 })],
    ['that happened once', fresh({ exception: exception('TypeError', { count: 1, uncaught: 1, thrown: pay }) })],
  ])('are not new %s', (_, error) => {
    expect(foundIn(factsOf([payment], { newErrors: [error], entries: [entry(route)] }))).toEqual(nothing);
  });
});

describe('another service', () => {
  const asking = (errorTypes: { type: string; count: number }[], calls = 1_000) =>
    called({
      function: 'charge',
      outgoing: [
        {
          ...{ target: 'POST pay.example:443/charges', calls, totalSeconds: calls * 0.1, errorTypes },
          errors: errorTypes.reduce((sum, { count }) => sum + count, 0),
        },
      ],
    });
  it('that fails is told with its share and what it costs', () => {
    const [finding] = detect(
      factsOf([
        asking([
          { type: '500', count: 40 },
          { type: 'ECONNRESET', count: 10 },
        ]),
      ]),
    );
    expect(finding).toMatchObject({ kind: 'failingDependency', subject: 'pay.example:443', confidence: 'certain' });
    expect(finding?.evidence[0]).toContain('50 of 1k calls failed');
    expect(finding?.evidence[0]).toContain('500 × 40, ECONNRESET × 10');
  });
  it.each([
    ['answers that there is none', asking([{ type: '404', count: 400 }])],
    ['declines', asking([{ type: '402', count: 60 }])],
    ['failed three times in thousands', asking([{ type: '503', count: 3 }], 9_000)],
  ])('that %s does not fail', (_, functions) => {
    expect(foundIn(factsOf([functions]))).toEqual(nothing);
  });
});

describe('a version', () => {
  const side = {
    version: 'v1',
    window: { since: daysAgo(1), until: daysAgo(0) },
    batches: 12,
    instances: 1,
    calls: 1,
    errors: 0,
  };
  const numbers = { calls: 1_000, callsPerMinute: 33, errors: 0, p50: 0.01, p95: 0.02, p99: 0.03 };
  const comparison = (functions: CompareResponse['functions']): CompareResponse => ({
    ...{
      service: 'shop',
      environment: 'production',
      of: 'versions' as const,
      relation: 'after' as const,
      base: side,
      now: { ...side, version: 'v2' },
    },
    ...{
      traffic: 1,
      compared: 9,
      tested: 9,
      functions,
      truncated: false,
      newErrors: [],
      newQueries: [],
      removed: [],
      added: 0,
    },
  });
  const slower = (name: string, p50: number): CompareResponse['functions'][number] => ({
    ...{ file: 'src/shop.ts', function: name, line: 10, base: numbers, now: { ...numbers, p50 } },
    changes: [{ kind: 'slower', ratio: p50 / 0.01, falseDiscoveryRate: 0.000_1 }],
  });
  const price = called({
    function: 'price',
    takes: 0.02,
    callers: [{ function: 'cart', file: 'src/shop.ts', calls: 1_000 }],
  });
  const cart = called({ function: 'cart', takes: 0.021 });

  it('that made a function slower is told at that function, not at those that wait for it', () => {
    const facts = factsOf([price, cart], { comparison: comparison([slower('cart', 0.021), slower('price', 0.02)]) });
    const [finding, ...others] = detect(facts);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      ...{ kind: 'slowerVersion', place: { function: 'price' }, confidence: 'certain' },
      memory: { of: 'p50', base: 0.01, now: 0.02 },
    });
  });
  it('that made more calls fail', () => {
    const now = { ...numbers, errors: 50 };
    const change = {
      ...slower('price', 0.01),
      now,
      changes: [{ kind: 'moreErrors' as const, ratio: null, falseDiscoveryRate: 0.01 }],
    };
    expect(foundIn(factsOf([price], { comparison: comparison([change]) }))).toEqual(['failingVersion price']);
  });
  it('is told of as long as no later one has undone it', () => {
    const known = {
      kind: 'slowerVersion' as const,
      place: { file: 'src/shop.ts', function: 'price', line: 10 },
      memory: { of: 'p50' as const, base: 0.01, now: 0.02 },
    };
    expect(foundIn(factsOf([price], { knownChanges: [known] }))).toEqual(['slowerVersion price']);
    expect(foundIn(factsOf([called({ function: 'price', takes: 0.011 })], { knownChanges: [known] }))).toEqual(nothing);
  });
  it.each([
    [
      'faster',
      { ...slower('price', 0.005), changes: [{ kind: 'faster' as const, ratio: 0.5, falseDiscoveryRate: 0.001 }] },
    ],
    [
      'called more',
      { ...slower('price', 0.01), changes: [{ kind: 'moreCalls' as const, ratio: 2, falseDiscoveryRate: 0.001 }] },
    ],
    [
      'slower by microseconds',
      {
        ...slower('price', 0.000_008),
        base: { ...numbers, p50: 0.000_003 },
      },
    ],
  ])('that is %s needs no fix', (_, change) => {
    expect(foundIn(factsOf([price], { comparison: comparison([change]) }))).toEqual(nothing);
  });
});

describe('a condition', () => {
  const conditions = (overrides: object) => ({
    ...{ cold: null, warm: null, failed: null, fine: null, concurrency: [], hours: [] },
    ...overrides,
  });
  const slowest = (overrides: object) => (_: unknown, i: number) => ({
    ...{ time: daysAgo(i / 1_000), seconds: 2, entry: 'GET /list', conditions: [] },
    ...overrides,
  });
  const five = Array.from({ length: 5 });

  it('of first calls, where they take long', () => {
    const cold = called({
      function: 'templates',
      conditions: conditions({ cold: durationOf(0.8, { samples: 15 }), warm: durationOf(0.002) }),
    });
    expect(foundIn(factsOf([cold]))).toEqual(['slowCondition templates']);
  });
  it('of first calls that take somewhat longer, where it was so in more than one start', () => {
    const cold = (instances: number) =>
      called({
        ...{ function: 'connect', instances },
        conditions: conditions({ cold: durationOf(0.1, { samples: 15 }), warm: durationOf(0.01) }),
      });
    expect(foundIn(factsOf([cold(3)]))).toEqual(['slowCondition connect']);
    expect(foundIn(factsOf([cold(1)]))).toEqual(nothing);
  });
  it('of the one of the first calls that does it for the others', () => {
    const cold = called({
      function: 'templates',
      conditions: conditions({
        cold: durationOf(0.000_1, { samples: 75, p95: 0.45 }),
        warm: durationOf(0.000_1, { p95: 0.002 }),
      }),
    });
    expect(foundIn(factsOf([cold]))).toEqual(['slowCondition templates']);
  });
  it('of one route, by the durations of each', () => {
    const entries = [
      { name: 'GET /page', calls: 960, duration: durationOf(0.002, { samples: 960 }) },
      { name: 'GET /export', calls: 40, duration: durationOf(0.28, { samples: 40 }) },
    ];
    const table = { ...called({ function: 'table', takes: { p50: 0.002, p99: 0.28 } }), entries };
    const [finding, ...others] = detect(factsOf([table]));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ kind: 'slowCondition', subject: 'for GET /export', confidence: 'likely' });
  });
  const hours = (slow: readonly number[], usual: readonly number[]) => ({
    weekHours: new Map([
      [
        'src/shop.ts\nstatement',
        [
          ...slow.map((p50) => ({ ofWeek: 33, calls: 2_000, p50 })),
          ...usual.map((p50, i) => ({ ofWeek: 40 + i, calls: 2_000, p50 })),
        ],
      ],
    ]),
  });
  it('of an hour of the week, again in another week', () => {
    const facts = factsOf([called({ function: 'statement' })], hours([0.12, 0.14], [0.004, 0.005, 0.004]));
    expect(detect(facts)).toMatchObject([
      { kind: 'slowCondition', subject: 'on Tuesdays from 9:00 to 10:00 UTC', confidence: 'possible' },
    ]);
  });
  it.each([
    ['that was slow in one week', hours([0.12], [0.004, 0.005, 0.004])],
    ['that was slow in one week of two', hours([0.12, 0.004], [0.004, 0.005, 0.004])],
    ['that is slow as others are', hours([0.12, 0.13], [0.12, 0.13, 0.11])],
    ['of which there is nothing to compare with', hours([0.12, 0.13], [0.004])],
  ])('is no hour %s', (_, facts) => {
    expect(foundIn(factsOf([called({ function: 'statement' })], facts))).toEqual(nothing);
  });
  it('of calls that fail late', () => {
    const late = called({
      function: 'ask',
      errors: 20,
      conditions: conditions({ failed: durationOf(30, { samples: 20 }), fine: durationOf(0.1) }),
    });
    expect(foundIn(factsOf([late]))).toEqual(['slowCondition ask']);
  });
  it('that all of the slowest calls have in common and few others', () => {
    const spiky = called({
      function: 'render',
      takes: { p50: 0.002, p99: 0.9 },
      for: { 'GET /other': 9_500, 'GET /export': 500 },
      exemplars: five.map(slowest({ entry: 'GET /export' })),
    });
    expect(detect(factsOf([spiky])).map(({ kind, subject }) => [kind, subject])).toEqual([
      ['slowCondition', 'for GET /export'],
    ]);
  });
  it.each([
    [
      'first calls take what first calls take',
      called({
        function: 'f',
        conditions: conditions({ cold: durationOf(0.01, { samples: 15 }), warm: durationOf(0.001) }),
      }),
    ],
    [
      'one start was slow',
      called({
        function: 'f',
        conditions: conditions({ cold: durationOf(2, { samples: 1 }), warm: durationOf(0.001) }),
      }),
    ],
    [
      'errors come at once',
      called({ function: 'f', conditions: conditions({ failed: durationOf(0.0001), fine: durationOf(0.1) }) }),
    ],
    [
      'slow calls are of the usual entry',
      called({ function: 'f', takes: { p50: 0.002, p99: 0.9 }, exemplars: five.map(slowest({})) }),
    ],
    [
      'slow calls have nothing in common',
      called({
        function: 'f',
        takes: { p50: 0.002, p99: 0.9 },
        for: { 'GET /list': 10, 'GET /b': 10 },
        exemplars: five.map((_, i) => slowest({ entry: i % 2 ? 'GET /list' : 'GET /b' })(_, i)),
      }),
    ],
  ])('is none where %s', (_, functions) => {
    expect(foundIn(factsOf([functions]))).toEqual(nothing);
  });

  const load = (...steps: readonly (readonly [string, number, number])[]) =>
    conditions({
      concurrency: steps.map(([requests, p50, samples]) => ({ requests, duration: durationOf(p50, { samples }) })),
    });
  it('of load, told at the function that waits and not at its callers', () => {
    const conditionsOfBoth = load(['1', 0.01, 800], ['2-4', 0.05, 500], ['5-16', 0.2, 300]);
    const pool = called({
      function: 'pool',
      conditions: conditionsOfBoth,
      callers: [{ function: 'route', file: 'src/shop.ts', calls: 1_000 }],
    });
    expect(foundIn(factsOf([pool, called({ function: 'route', conditions: conditionsOfBoth })]))).toEqual([
      'growsWithConcurrency pool',
    ]);
  });
  it.each([
    ['stay as fast', load(['1', 0.01, 800], ['5-16', 0.012, 300])],
    ['were seen under load twice', load(['1', 0.01, 800], ['17+', 0.5, 2])],
    ['are slow in between', load(['1', 0.01, 800], ['2-4', 0.4, 300], ['5-16', 0.05, 300])],
  ])('of load is none where calls %s', (_, told) => {
    expect(foundIn(factsOf([called({ function: 'f', conditions: told })]))).toEqual(nothing);
  });
});

describe('code that nobody calls', () => {
  const never = (name: string, days: number) => ({
    file: 'src/old.ts',
    function: name,
    line: 3,
    since: daysAgo(days),
    sinceInAnyVersion: daysAgo(days),
  });
  const unused = (functions: ReturnType<typeof never>[]) => ({
    ...{ service: 'shop', environment: 'production', version: 'v2', since: daysAgo(30), lastSeen: daysAgo(0) },
    ...{ measuredFunctions: 9, neverCalled: functions.length, functions, loadedFiles: 3 },
  });
  it('for more than a week is told a file at a time, behind all that costs something', () => {
    const [finding, ...others] = detect(factsOf([], { unused: unused([never('a', 12), never('b', 30)]) }));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      kind: 'neverCalled',
      title: '2 functions of src/old.ts: not called in 12 days',
      confidence: 'possible',
    });
  });
  it('since yesterday is none', () => {
    expect(foundIn(factsOf([], { unused: unused([never('a', 1)]) }))).toEqual(nothing);
  });
});

it('what costs most comes first, and what a job does counts for less than what somebody waits for', () => {
  const slow = (name: string, takes: number, where: string) =>
    called({
      function: name,
      for: { [where]: 1_000 },
      queries: [query(`SELECT ${name}`, { totalSeconds: 1_000 * takes })],
    });
  const found = detect(
    factsOf([slow('little', 0.15, 'GET /list'), slow('much', 0.9, 'GET /list'), slow('job', 1, 'cron: nightly')]),
  );
  expect(found.map(({ place }) => place?.function)).toEqual(['much', 'little', 'job']);
  expect(found.at(-1)?.impact.secondsPerDay).toBeCloseTo(1_000 * 48);
});
