/**
 * Events of production against sessions of agents, with the right answer written down by hand: 24 × 14 = 336 pairs. To check one, read what
 * the function's line of `code` says, what the session works on, and what happened.
 */
import { describe, expect, test } from 'vitest';
import { concernOf, type Happening, type InterestSet, type KnownFunction } from './concern.ts';
import { type DeclaredInterest, interestSetOf, type KnownCode } from './interest-set.ts';

interface Known extends KnownFunction {
  readonly service: string;
}

const at = (place: string) => {
  const [file = '', name = ''] = place.split(' ');
  return { file, function: name };
};

const charge = 'payments/charge.ts GatewayClient.charge';
const refund = 'payments/refund.ts refund';
const placeOrder = 'orders/checkout.ts placeOrder';
const priceLine = 'pricing/rules.ts priceLine';
const listProducts = 'catalog/list.ts listProducts';
const availableOf = 'catalog/stock.ts Stock.availableOf';
const sendMail = 'mail/send.ts sendMail';
const find = 'search/find.ts find';
const hash = 'auth/password.ts hash';

const known = (
  place: string,
  service: string,
  callers: readonly string[],
  entries: readonly string[],
  dependencies: readonly string[],
): Known => ({ ...at(place), service, callers: callers.map(at), entries, dependencies });

/** All that production knows of the code: who calls it, for which requests it runs, what it asks. */
const code: readonly Known[] = [
  known(charge, 'shop', [placeOrder], ['POST /checkout'], ['gateway:8080']),
  known(refund, 'shop', ['orders/cancel.ts cancelOrder'], ['POST /refunds'], ['gateway:8080']),
  known(placeOrder, 'shop', [], ['POST /checkout'], ['postgresql']),
  known(priceLine, 'shop', [placeOrder, listProducts], ['POST /checkout', 'GET /products'], []),
  known(listProducts, 'shop', [], ['GET /products'], ['postgresql']),
  known(availableOf, 'shop', [listProducts], ['GET /products'], ['postgresql']),
  known(hash, 'shop', [], ['POST /login'], []),
  known(sendMail, 'mailer', [], ['job mails'], ['smtp.internal:25']),
  known(find, 'search', [], ['GET /search'], ['elasticsearch:9200']),
];

const functionOf = (place: string): KnownFunction =>
  code.find(({ file, function: name }) => `${file} ${name}` === place) ?? {
    ...at(place),
    ...{ callers: [], entries: [], dependencies: [] },
  };

const production: KnownCode = {
  of: ({ file, function: name }) => functionOf(`${file} ${name}`),
  functionsOf: (file) => code.filter((each) => each.file === file).map((each) => each.function),
  servicesOf: (file) => code.filter((each) => each.file === file).map(({ service }) => service),
  environmentsOf: () => ['production', 'staging'],
};

const session = (declared: Partial<DeclaredInterest> = {}): InterestSet =>
  interestSetOf(
    { services: [], environments: [], files: [], functions: [], subscriptions: [], ...declared },
    production,
  );
const asked = (...places: readonly string[]): Partial<DeclaredInterest> => ({ functions: places.map(at) });

const sessions: Readonly<Record<string, InterestSet>> = {
  'asked about GatewayClient.charge': session(asked(charge)),
  'asked about placeOrder': session(asked(placeOrder)),
  'has changed pricing/rules.ts': session({ files: ['pricing/rules.ts'] }),
  'asked about listProducts in production': session({ ...asked(listProducts), environments: ['production'] }),
  'asked about listProducts in staging': session({ ...asked(listProducts), environments: ['staging'] }),
  'asked about sendMail': session(asked(sendMail)),
  'asked about find': session(asked(find)),
  'asked about the service shop as a whole': session({ services: ['shop'] }),
  'subscribed to the service gateway': session({ subscriptions: [{ service: 'gateway' }] }),
  'of which nothing is known': session(),
  'asked about hash': session(asked(hash)),
  'has changed catalog/stock.ts and mail/send.ts': session({ files: ['catalog/stock.ts', 'mail/send.ts'] }),
  'subscribed to GatewayClient.charge': session({ subscriptions: [{ service: 'shop', ...at(charge) }] }),
  'asked about refund': session(asked(refund)),
};

const happened = (given: Partial<Happening> & { readonly of?: readonly string[] }): Happening => {
  const functions = (given.of ?? []).map(functionOf);
  return {
    ...{ kind: 'alert', severity: 'critical', service: 'shop', environment: 'production', quiet: false },
    ...{ functions, files: functions.map(({ file }) => file), entries: [], names: [], isLocated: false },
    ...given,
  };
};
const located = (of: readonly string[], entries: readonly string[], given: Partial<Happening> = {}): Happening =>
  happened({ of, entries, isLocated: true, ...given });
const finding = { kind: 'finding', severity: 'info' } as const;
const warning = { severity: 'warning' } as const;
const nowhere = { service: null, environment: null } as const;

/** What happened, and to which session, in the order above, it is to be told: `x`. */
const matrix: readonly (readonly [string, Happening, string])[] = [
  ['critical: checkout fails in charge, says Sentry', located([charge], ['POST /checkout']), 'xxxx...x..xxxx'],
  [
    'critical: requests of the shop fail, charge and placeOrder most',
    happened({ kind: 'errorRate', of: [charge, placeOrder], entries: ['POST /checkout'] }),
    'xxxx...x..xxxx',
  ],
  [
    'warning: requests of the shop are slow, listProducts and Stock.availableOf most',
    happened({ kind: 'latency', ...warning, of: [listProducts, availableOf], entries: ['GET /products'] }),
    'xxxxx..x..xxxx',
  ],
  [
    'warning: an alert of the route GET /products',
    located([listProducts, availableOf], ['GET /products'], warning),
    '..xxx..x...x..',
  ],
  ['info: N+1 found in listProducts', located([listProducts], ['GET /products'], finding), '...x..........'],
  [
    'warning: refund fails, a finding',
    located([refund], ['POST /refunds'], { ...finding, ...warning }),
    '.......x.....x',
  ],
  ['a new version of shop in production', happened({ kind: 'newVersion', severity: 'info' }), 'xxxx...x..xxxx'],
  [
    'a new version of shop in staging',
    happened({ kind: 'newVersion', severity: 'info', environment: 'staging' }),
    '....x.......x.',
  ],
  [
    'search is deployed to production',
    happened({ kind: 'deployment', severity: 'info', service: 'search' }),
    '......x.......',
  ],
  ['warning: mailer is silent', happened({ kind: 'silent', ...warning, service: 'mailer' }), '.....x.....x..'],
  // placeOrder needs it by charge; the shop as a whole asks it.
  ['critical: the gateway is down', happened({ service: 'gateway' }), 'xx.....xx...xx'],
  [
    'warning: PostgreSQL replicates late',
    happened({ ...warning, ...nowhere, names: ['postgresql', 'db-1'] }),
    '.x.xx..x...x..',
  ],
  ['critical: Elasticsearch has no master', happened({ ...nowhere, names: ['elasticsearch:9200'] }), '......x.......'],
  ['a flood of events', happened({ kind: 'flood', ...warning, ...nowhere }), 'xxxxxxxxx.xxxx'],
  [
    'critical, in quiet hours: charge fails in staging',
    located([charge], ['POST /checkout'], { quiet: true, environment: 'staging' }),
    '..............',
  ],
  [
    'critical: listProducts fails in staging',
    located([listProducts], ['GET /products'], { environment: 'staging' }),
    '..xxx......x..',
  ],
  ['a sensor of shop measures less', happened({ kind: 'sensor', severity: 'info' }), '..............'],
  ['warning: priceLine throws, says Sentry', located([priceLine], ['POST /checkout'], warning), 'xxxx...x....x.'],
  ['critical: search fails in find', located([find], ['GET /search'], { service: 'search' }), '......x.......'],
  [
    'warning: an issue in mail/send.ts of a service that nobody names',
    happened({ ...warning, ...nowhere, files: ['mail/send.ts'], isLocated: true }),
    '.....x.....x..',
  ],
  ['info: a slow query found in placeOrder', located([placeOrder], ['POST /checkout'], finding), '.x............'],
  ['shop was rolled back in production', happened({ kind: 'rollback', ...warning }), 'xxxx...x..xxxx'],
  // Of another repository: the same names are other code.
  [
    'critical: charge of the service billing fails',
    located([charge], ['POST /checkout'], { service: 'billing' }),
    '..............',
  ],
  ['warning: an alert of the route POST /login', located([hash], ['POST /login'], warning), '.......x..x...'],
];

describe('what concerns a session', () => {
  const pairs = matrix.flatMap(([event, happening, answers]) =>
    Object.entries(sessions).map(([name, interest], i) => ({
      name: `${event} | who ${name}`,
      isRight: answers[i] === 'x',
      isTold: concernOf(happening, interest) !== undefined,
    })),
  );
  const wrong = pairs.filter(({ isRight, isTold }) => isRight !== isTold);
  const both = pairs.filter(({ isRight, isTold }) => isRight && isTold).length;
  const precision = both / pairs.filter(({ isTold }) => isTold).length;
  const recall = both / pairs.filter(({ isRight }) => isRight).length;
  const said = `${pairs.length} pairs, precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}; wrong:\n${wrong
    .map(({ name, isRight }) => `${isRight ? 'not told' : 'told'}: ${name}`)
    .join('\n')}`;

  test('is told by a matrix whose rows are whole', () => {
    expect(pairs.length).toBeGreaterThanOrEqual(200);
    for (const [event, , answers] of matrix) expect(answers, event).toMatch(/^[x.]{14}$/);
  });

  test('is found with a precision and a recall of at least 0.95', () => {
    expect(precision, said).toBeGreaterThanOrEqual(0.95);
    expect(recall, said).toBeGreaterThanOrEqual(0.95);
  });

  test('is missed only where it takes two steps, and never told to who has nothing to do with it', () => {
    expect(wrong.map(({ name, isRight }) => `${isRight ? 'not told' : 'told'}: ${name}`)).toEqual([
      'not told: critical: the gateway is down | who asked about placeOrder',
      'not told: critical: the gateway is down | who asked about the service shop as a whole',
      'not told: warning: PostgreSQL replicates late | who asked about the service shop as a whole',
    ]);
  });
});
