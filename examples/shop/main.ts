import { ConfigurationError, readConfiguration } from './configuration.ts';
import { openShop } from './shop.ts';
import { stopOnSignal } from './stop-on-signal.ts';

try {
  const configuration = readConfiguration(process.env);
  const shop = openShop(configuration);
  stopOnSignal(() => shop.close());
  const url = await shop.listen({ host: configuration.host, port: configuration.port });
  console.log(`shop ready at ${url}`);
} catch (error) {
  console.error(`shop: ${error instanceof Error ? error.message : error}`);
  process.exit(error instanceof ConfigurationError ? 2 : 1);
}
