import Fastify, { type FastifyInstance } from 'fastify';
import { Catalog } from './catalog/catalog.ts';
import { Categories } from './catalog/categories.ts';
import { Reviews } from './catalog/reviews.ts';
import { Shelf } from './catalog/shelf.ts';
import { Stock } from './catalog/stock.ts';
import { WordIndex } from './catalog/word-index.ts';
import type { Configuration } from './configuration.ts';
import { openDatabase } from './database/schema.ts';
import { seed } from './database/seed.ts';
import { StockReconciliation } from './jobs/reconcile-stock.ts';
import { repeat } from './jobs/repeat.ts';
import { Checkout } from './orders/checkout.ts';
import { OrderBook } from './orders/order-book.ts';
import { fetchAgain } from './payments/fetch-again.ts';
import { GatewayClient } from './payments/gateway-client.ts';
import { answerErrors } from './routes/answer-errors.ts';
import { closeConnectionsAtStop } from './routes/close-connections.ts';
import { orderRoutes } from './routes/orders.ts';
import { productRoutes } from './routes/products.ts';

/** Opens the database and puts the shop together; the server's `close` also stops the jobs and closes the database. */
export function openShop(configuration: Configuration): FastifyInstance {
  const app = Fastify({ logger: { level: configuration.logLevel, stream: process.stderr } });
  const database = openDatabase(configuration.database);
  seed(database);

  const { mended } = configuration;
  const catalog = new Catalog(database, mended.has('search') ? new WordIndex(database) : undefined);
  const categories = new Categories(database);
  const stock = new Stock(database);
  const shelf = new Shelf(catalog, categories, new Reviews(database), stock, mended.has('list'));
  const orders = new OrderBook(database, stock);
  const gateway = new GatewayClient(configuration.gatewayUrl, mended.has('gateway') ? fetchAgain : fetch);
  const checkout = new Checkout(orders, gateway);

  const stopJobs = new AbortController();
  const reconciliation = new StockReconciliation(stock);
  const jobs = repeat(
    configuration.reconcileSeconds,
    (signal) => reconciliation.run(signal),
    stopJobs.signal,
    (error) => app.log.error(error, 'the stock could not be reconciled'),
  );

  answerErrors(app);
  closeConnectionsAtStop(app);
  productRoutes(app, shelf);
  orderRoutes(app, { catalog, categories, checkout, orders });
  app.get('/health', async () => ({
    status: 'ok',
    products: catalog.size,
    reconciliation: reconciliation.last ?? null,
  }));

  app.addHook('onClose', async () => {
    stopJobs.abort();
    await Promise.all([jobs, checkout.drain()]);
    database.close();
  });
  return app;
}
