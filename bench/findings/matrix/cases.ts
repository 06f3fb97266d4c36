/**
 * What is expected of the small services in `services/`, each of which is run twice: with a fault, and without it looking much the
 * same. Written before any of them was run.
 */
export interface Run {
  readonly version?: string;
  readonly paths: readonly string[];
  /** Customers at once, each of whom waits a little between two requests. */
  readonly clients?: number;
  readonly pauseMilliseconds?: number;
  readonly seconds: number;
  /** So many processes, one after the other. */
  readonly times?: number;
  /** Clocks of the service and the collector are so much behind. */
  readonly daysAgo?: number;
  readonly isBusyHour?: boolean;
  /** Of the healthy one, where it has more visitors. */
  readonly healthyClients?: number;
  /** Before that, in the same process: so many customers, for as long. */
  readonly quietClients?: number;
}

export interface MatrixPair {
  /** Its folder. */
  readonly name: string;
  /** The detector that is looked at. */
  readonly kind: string;
  readonly runs: readonly Run[];
  /** The fault is found when one of these kinds is told of one of these functions. Of a file: its name. */
  readonly kinds: readonly string[];
  readonly places: readonly string[];
  /** True of the faulty one as well, and no mistake where it is told of any of its functions. */
  readonly alsoTrue?: readonly string[];
}

const often = (path: string, more: Partial<Run> = {}): readonly Run[] => [
  { paths: [path], clients: 3, seconds: 6, ...more },
];
/** Versions are compared by minutes, of which each needs three whole ones and some before and after. */
const deployed = (path: string, more: Partial<Run> = {}): readonly Run[] =>
  ['v1', 'v2'].map((version) => ({
    ...{ paths: [path], clients: 2, pauseMilliseconds: 120, seconds: 400, version, ...more },
  }));
const pair = (
  name: string,
  kind: string,
  places: readonly string[],
  runs: readonly Run[],
  more: Partial<MatrixPair> = {},
): MatrixPair => ({ name, kind, kinds: [kind], places, runs, ...more });

const weekly = { paths: ['/statement'], clients: 3, seconds: 5 };

export const pairs: readonly MatrixPair[] = [
  pair('shop-orders', 'repeatedQuery', ['listOrders'], often('/orders')),
  pair('blog-comments', 'repeatedQuery', ['CommentPage.render'], often('/post')),
  pair('csv-import', 'repeatedQuery', ['importRows'], often('/import')),
  pair(
    'user-directory',
    'slowQuery',
    ['findByEmail'],
    [{ paths: ['/login', '/user', '/statistics'], clients: 3, seconds: 6 }],
  ),
  pair(
    'notes-search',
    'slowQuery',
    ['searchNotes'],
    [{ paths: ['/search', '/note', '/bounds'], clients: 3, seconds: 6 }],
  ),
  pair('latest-events', 'slowQuery', ['latestEvents'], [{ paths: ['/feed', '/event'], clients: 3, seconds: 6 }]),
  pair('price-page', 'slowerVersion', ['renderPrice'], deployed('/price', { healthyClients: 5 })),
  pair('thumbnails', 'slowerVersion', ['shrink'], deployed('/small')),
  pair('stock-check', 'failingVersion', ['reserve'], deployed('/reserve')),
  pair('coupons', 'newError', ['applyCoupon'], deployed('/basket'), { alsoTrue: ['failing', 'failingVersion'] }),
  pair('mail-queue', 'newError', ['encode', 'sendMail'], deployed('/subscribe'), { alsoTrue: ['failingVersion'] }),
  pair('profile-page', 'failing', ['cityOf'], often('/profile')),
  pair('background-sync', 'failing', ['pullChanges', 'syncOnce'], often('/state')),
  pair('payments', 'failingDependency', ['charge'], often('/pay')),
  pair('places', 'failingDependency', ['locate'], often('/place'), { alsoTrue: ['slowCondition'] }),
  pair(
    'exports',
    'slowCondition',
    ['buildTable'],
    [{ paths: [...Array.from({ length: 24 }, () => '/page'), '/export'], clients: 4, seconds: 9 }],
  ),
  pair('templates', 'slowCondition', ['compileAll', 'templateOf'], often('/home', { seconds: 3, times: 5 })),
  pair(
    'weekly-statements',
    'slowCondition',
    ['statementOf'],
    [
      { ...weekly, daysAgo: 14, isBusyHour: true },
      { ...weekly, daysAgo: 13.8 },
      { ...weekly, daysAgo: 7, isBusyHour: true },
      { ...weekly, daysAgo: 6.8 },
      { ...weekly, daysAgo: 0.2 },
      { ...weekly, isBusyHour: true },
    ],
  ),
  pair('dashboard', 'serialAwaits', ['dashboard'], often('/dashboard')),
  pair('quotes', 'serialAwaits', ['quote'], often('/quote')),
  pair('messages', 'serialAwaits', ['openRoom'], often('/room')),
  pair('exchange-rates', 'identicalCalls', ['rateOf'], often('/price')),
  pair('settings', 'identicalCalls', ['setting'], often('/basket'), {
    kinds: ['identicalCalls', 'repeatedQuery'],
    places: ['setting', 'renderBasket', 'renderLine'],
  }),
  pair('slugs', 'repeatedCall', ['buildTable', 'slugOf'], often('/articles')),
  pair('row-pages', 'repeatedCall', ['widthOf', 'renderRow'], often('/page')),
  pair(
    'connection-pool',
    'growsWithConcurrency',
    ['readRow', 'takeConnection'],
    [{ paths: ['/row'], quietClients: 1, clients: 16, pauseMilliseconds: 5, seconds: 6 }],
  ),
  pair(
    'logins',
    'growsWithConcurrency',
    ['login', 'hash'],
    [{ paths: ['/login'], quietClients: 1, clients: 12, pauseMilliseconds: 5, seconds: 12 }],
    { alsoTrue: ['repeatedCall'] },
  ),
  // A trend is of ten minutes and more.
  pair(
    'seen-visitors',
    'growsWithTraffic',
    ['wasHere'],
    often('/', { clients: 4, pauseMilliseconds: 120, seconds: 900 }),
  ),
  pair(
    'old-invoices',
    'neverCalled',
    ['writeOldInvoice'],
    [
      { paths: ['/'], clients: 2, seconds: 4, daysAgo: 9 },
      { paths: ['/'], clients: 2, seconds: 4 },
    ],
  ),
  pair(
    'forgotten-report',
    'neverLoaded',
    ['yearly.ts'],
    [
      { paths: ['/'], clients: 2, seconds: 4, daysAgo: 9 },
      { paths: ['/'], clients: 2, seconds: 4 },
    ],
  ),
  // Written after the detectors were mended by what the services above had shown, and run once: `--only untuned`.
  pair('untuned-invoice-run', 'repeatedQuery', ['InvoiceRun.collect'], often('/invoices')),
  pair(
    'untuned-warehouse',
    'slowQuery',
    ['contentsOf'],
    [{ paths: ['/order', '/hall', '/overview'], clients: 3, seconds: 6 }],
  ),
  pair('untuned-weather-page', 'serialAwaits', ['WeatherPage.render'], often('/')),
  pair('untuned-order-taxes', 'repeatedCall', ['readRules'], often('/order')),
  pair('untuned-seat-tickets', 'slowCondition', ['takeSeat'], often('/seat')),
];
