/** The shop under the sensor, with traffic, and a collector that knows of it: what agents ask about. */
import { join } from 'node:path';
import { root } from '../../scripts/toolchain.mjs';
import { ProbingCollector } from '../sensor/probe-story.ts';
import { ServiceFolder, ServiceProcess } from '../sensor/service-process.ts';
import { readyUrl } from '../sensor/shop-service.ts';
import { until } from '../story/eventually.ts';

const orders = 24;

export class ShopInProduction implements AsyncDisposable {
  readonly collector: ProbingCollector;
  readonly url: string;
  #ordered = 0;
  readonly #folder: ServiceFolder;
  readonly #processes: readonly ServiceProcess[];

  private constructor(
    collector: ProbingCollector,
    url: string,
    folder: ServiceFolder,
    processes: readonly ServiceProcess[],
  ) {
    this.collector = collector;
    this.url = url;
    this.#folder = folder;
    this.#processes = processes;
  }

  /** Its processes are killed after so long, should the test not end them. */
  static async start({ longestMilliseconds = 110_000 } = {}): Promise<ShopInProduction> {
    const folder = await ServiceFolder.create();
    const collector = await ProbingCollector.start();
    const start = (file: string, name: string, environment: Readonly<Record<string, string>>): ServiceProcess =>
      new ServiceProcess({
        node: 24,
        folder,
        endpoint: collector.collector.url,
        arguments: [join(root, 'examples', 'shop', file)],
        longestMilliseconds,
        ...(name === 'gateway' ? { preload: [] } : {}),
        environment: {
          NODE_NO_WARNINGS: '1',
          RUNLENS_CACHE: 'off',
          RUNLENS_FLUSH_INTERVAL: '200ms',
          OTEL_SERVICE_NAME: name,
          OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=production,service.version=v42',
          ...environment,
        },
      });
    const gateway = start('gateway/main.ts', 'gateway', { GATEWAY_PORT: '0', GATEWAY_SESSIONS: '0' });
    const shop = start('main.ts', 'shop', { SHOP_PORT: '0', SHOP_GATEWAY_URL: await readyUrl(gateway, 'gateway') });
    const production = new ShopInProduction(collector, await readyUrl(shop, 'shop'), folder, [shop, gateway]);
    await collector.connected();
    for (let i = 0; i < orders; i += 1) await production.order(i === 0 ? '4000000000000002' : '4242424242424242');
    await until('the shop’s errors and callers are told', async () => {
      // Of callers some are told: those of the calls whose stack is looked at.
      await production.order();
      const { functions } = Object((await collector.call('GET', '/api/v1/hot?by=errors')).body);
      const told = (name: string, key: 'exceptions' | 'callers'): boolean =>
        functions?.some((each: Record<string, unknown>) => each.function === name && Object(each[key]).length > 0);
      return (told('Checkout.complete', 'exceptions') && told('Checkout.#pay', 'callers')) || undefined;
    });
    return production;
  }

  /** How many orders were sent. */
  get ordered(): number {
    return this.#ordered;
  }

  async order(card = '4242424242424242'): Promise<number> {
    this.#ordered += 1;
    const answer = await fetch(`${this.url}/checkout`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        items: [{ productId: 1, quantity: 1 }],
        country: 'DE',
        email: 'anna@s3cret.example',
        card,
      }),
    });
    await answer.arrayBuffer();
    return answer.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child } of this.#processes) child.kill('SIGKILL');
    await Promise.all(this.#processes.map(({ ended }) => ended));
    await this.collector[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}
