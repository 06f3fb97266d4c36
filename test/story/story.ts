/**
 * A running world for tests of the editor: a collector with a home of its own, the shop under the sensor in production,
 * the same shop in staging where its payment gateway is away, and customers who come and go.
 *
 *     await using story = await startStory();
 *     await story.startLoad();
 *     await startEditor({ workspace: story.shopFolder, environment: story.environment, machineSettings: story.machineSettings });
 *
 * All is what is shipped (`dist/`), on free ports, and ends with the story, each process by its own id.
 */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { collectorAddressSchema } from '@runlens/protocol/home';
import { type OwnedProcess, startOwnedProcess } from '../editor/owned-process.ts';
import { CollectorApi } from './collector-api.ts';
import { eventually } from './eventually.ts';
import { loadProgram, repositoryOf, shopRepository } from './repository.ts';

const cli = fileURLToPath(new URL('../../dist/runlens.mjs', import.meta.url));
const withOwner = fileURLToPath(new URL('./with-owner.mjs', import.meta.url));
const readyTimeoutMilliseconds = 90_000;
/** Customers leave by themselves after this long, should a test forget them. */
const longestLoadSeconds = 600;
const requestTimeoutMilliseconds = 60_000;
/** For the last numbers of a version to be sent. */
const politeStopMilliseconds = 10_000;

export interface Service {
  readonly name: string;
  readonly environment: string;
  readonly version: string;
  readonly url: string;
}

interface StartedService extends Service {
  readonly owned: OwnedProcess;
}

/** A version of the shop; without `mended` it has all of its faults. */
export interface ShopVersion {
  readonly version: string;
  readonly environment?: string;
  /** As `SHOP_MENDED` has it. */
  readonly mended?: string;
  /** That the payment gateway has room for. */
  readonly gatewaySessions?: number;
}

export interface StoryOptions {
  /** The shop's second environment, in which every payment fails; true unless told. */
  readonly staging?: boolean;
}

export async function startStory({ staging = true }: StoryOptions = {}): Promise<Story> {
  const folder = await mkdtemp(join(tmpdir(), 'runlens-story-'));
  const story = new Story(folder);
  try {
    await story.begin(staging);
    return story;
  } catch (error) {
    await story.end();
    throw error;
  }
}

export class Story implements AsyncDisposable {
  readonly folder: string;
  readonly home: string;
  /** The shop's repository: a copy that tests may edit. */
  readonly shopFolder: string;
  readonly #logs: string;
  readonly #owned: OwnedProcess[] = [];
  /** 0 until the collector has chosen; then it has the same again after each start. */
  #port = 0;
  #token = '';
  #collector: OwnedProcess | undefined;
  #load: OwnedProcess | undefined;
  #shop: StartedService | undefined;
  #staging: Service | undefined;

  constructor(folder: string) {
    this.folder = folder;
    this.home = join(folder, 'home');
    this.shopFolder = join(folder, 'shop');
    this.#logs = join(folder, 'logs');
  }

  get collectorUrl(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get token(): string {
    return this.#token;
  }

  get api(): CollectorApi {
    return new CollectorApi({ url: this.collectorUrl, token: this.#token });
  }

  get shop(): Service {
    if (!this.#shop) throw new Error('the shop does not run');
    return this.#shop;
  }

  /** The shop without a payment gateway: each checkout fails in it. */
  get staging(): Service {
    if (!this.#staging) throw new Error('the story has no staging');
    return this.#staging;
  }

  /** What an editor, and what runs in it, needs to find the collector of the story. */
  get environment(): Record<string, string> {
    return { RUNLENS_HOME: this.home };
  }

  /** Machine settings of an editor that must not start a collector of its own. */
  get machineSettings(): Record<string, unknown> {
    return { 'runlens.collector.start': 'never' };
  }

  async begin(staging: boolean): Promise<void> {
    await mkdir(this.#logs);
    await Promise.all([this.startCollector(), shopRepository(this.shopFolder)]);
    this.#token = (await readFile(join(this.home, 'token'), 'utf8')).trim();
    [this.#shop, this.#staging] = await Promise.all([
      this.#startShop('production', '42', 'start.ts', {}),
      // Port 9 (discard) of the loopback: no gateway is there.
      ...(staging ? [this.#startShop('staging', '43', 'main.ts', { SHOP_GATEWAY_URL: 'http://127.0.0.1:9' })] : []),
    ]);
  }

  async startCollector(): Promise<void> {
    if (this.#collector?.hasEnded() === false) return;
    this.#collector = await this.#start('collector', [cli, 'collector', '--port', String(this.#port)]);
    const [, port] = await this.#collector.waitForOutput(/ready on http:\/\/\S+:(\d+) /, readyTimeoutMilliseconds);
    this.#port = Number(port);
  }

  /** The shop's files as they are now, as another version in production beside the one that runs; it has no gateway. */
  startVersion(version: string): Promise<Service> {
    return this.#startShop('production', version, 'main.ts', { SHOP_GATEWAY_URL: 'http://127.0.0.1:9' });
  }

  /** The shop stops, and starts as another version, with a gateway of its own. */
  async deploy({ version, environment = 'production', mended = '', gatewaySessions }: ShopVersion): Promise<void> {
    await this.#shop?.owned.stop(politeStopMilliseconds);
    const sessions = gatewaySessions === undefined ? {} : { GATEWAY_SESSIONS: String(gatewaySessions) };
    this.#shop = await this.#startShop(environment, version, 'start.ts', { SHOP_MENDED: mended, ...sessions });
  }

  /** Ends the collector with no chance to say goodbye. */
  async killCollector(): Promise<void> {
    if (!this.#collector) return;
    const { pid } = collectorAddressSchema.parse(JSON.parse(await readFile(join(this.home, 'collector.json'), 'utf8')));
    process.kill(pid, 'SIGKILL');
    await this.#collector.ended;
  }

  /** A service of a few files, in a repository of its own, under the sensor; it prints `ready at URL`. */
  async startService(options: {
    readonly name: string;
    readonly environment: string;
    readonly version: string;
    readonly files: Readonly<Record<string, string>>;
    readonly entry: string;
    readonly remote?: string;
  }): Promise<Service & { readonly folder: string }> {
    const folder = join(this.folder, options.name);
    await repositoryOf(folder, options.files, options.remote);
    return { ...(await this.#startService({ ...options, folder, env: {} })), folder };
  }

  async startLoad({ rate = 30, checkoutRate = 4 } = {}): Promise<void> {
    if (this.#load?.hasEnded() === false) return;
    this.#load = await this.#start('load', [
      loadProgram,
      ...['--url', this.shop.url, '--duration', String(longestLoadSeconds)],
      ...['--rate', String(rate), '--checkout-rate', String(checkoutRate), '--connections', '4'],
    ]);
  }

  /** Resolves when the last call of the customers is counted, too: from here on the numbers stand still. */
  async stopLoad(): Promise<void> {
    await this.#load?.stop();
    this.#load = undefined;
    await this.settled();
  }

  /** Prices a cart of one product, `times` times: each calls `priceCart` once and `priceLine` once. */
  async priceCarts(times: number, service: Service = this.shop): Promise<void> {
    for (let n = 0; n < times; n += 1) {
      const response = await fetch(`${service.url}/cart/price`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ items: [{ productId: 1 + n, quantity: 1 }], country: 'DE' }),
        signal: AbortSignal.timeout(requestTimeoutMilliseconds),
      });
      if (!response.ok) throw new Error(`the shop answered ${response.status}: ${await response.text()}`);
      await response.arrayBuffer();
    }
  }

  /** Buys once, `times` times; gives the statuses. Where the gateway is away, each is an error of the gateway's client. */
  async checkOut(times: number, service: Service = this.shop): Promise<number[]> {
    const statuses: number[] = [];
    for (let n = 0; n < times; n += 1) {
      const response = await fetch(`${service.url}/checkout`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          items: [{ productId: 100 + n, quantity: 1 }],
          country: 'DE',
          email: 'customer@example.com',
          card: '4242424242424242',
        }),
        signal: AbortSignal.timeout(requestTimeoutMilliseconds),
      });
      await response.arrayBuffer();
      statuses.push(response.status);
    }
    return statuses;
  }

  /** How often the collector counted a function of the shop in production. */
  async callsOf(file: string, name: string): Promise<number> {
    const { name: service, environment } = this.shop;
    return (await this.api.profile({ service, environment, file, function: name })).calls;
  }

  /** Resolves when the shop's numbers have stood still for two flushes of its sensor. */
  async settled(): Promise<void> {
    let before = -1;
    let same = 0;
    await eventually('the numbers stand still', async () => {
      const { profiles } = await this.api.profiles({ service: this.shop.name, file: 'pricing/price.ts' });
      const calls = profiles.reduce((sum, profile) => sum + profile.calls, 0);
      same = calls === before ? same + 1 : 0;
      before = calls;
      // Asked every 100 ms; the sensor flushes every second.
      if (same < 22) throw new Error(`${calls} calls`);
    });
  }

  async end(): Promise<void> {
    for (const owned of this.#owned.splice(0).reverse()) await owned.stop();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }

  #startShop(
    environment: string,
    version: string,
    entry: string,
    env: Record<string, string>,
  ): Promise<StartedService> {
    return this.#startService({
      name: 'shop',
      environment,
      version,
      folder: this.shopFolder,
      entry,
      env: { SHOP_PORT: '0', ...env },
    });
  }

  async #startService(options: {
    readonly name: string;
    readonly environment: string;
    readonly version: string;
    readonly folder: string;
    readonly entry: string;
    readonly env: Record<string, string>;
  }): Promise<StartedService> {
    const { name, environment, version, folder, entry } = options;
    const owned = await this.#start(
      `${name}-${environment}`,
      [cli, 'run', '--service', name, '--environment', environment, '--', process.execPath, join(folder, entry)],
      {
        RUNLENS_COLLECTOR_URL: this.collectorUrl,
        OTEL_RESOURCE_ATTRIBUTES: `service.version=${version}`,
        ...options.env,
      },
      folder,
    );
    const [, url] = await owned.waitForOutput(
      new RegExp(`(?:^|\\n)${name} ready at (http://\\S+)`),
      readyTimeoutMilliseconds,
    );
    if (url === undefined) throw new Error(`${name} told no address`);
    return { name, environment, version, url, owned };
  }

  async #start(
    name: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    workingFolder = this.folder,
  ): Promise<OwnedProcess> {
    const owned = await startOwnedProcess({
      command: process.execPath,
      args: [withOwner, process.execPath, ...args],
      environment: { ...cleanEnvironment(), RUNLENS_HOME: this.home, ...env },
      workingFolder,
      logFile: join(this.#logs, `${name}.log`),
    });
    this.#owned.push(owned);
    return owned;
  }
}

/** Without what the test runner, or a developer's own shell, has set for other services. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(VITEST|RUNLENS_|OTEL_|NODE_OPTIONS$|NODE_ENV$|SHOP_|GATEWAY_)/.test(name),
    ),
  );
}
