/**
 * A collector as a process: `node main.ts --port 4318 --home DIR --data DIR --policy FILE`. Prints one line when it is ready, stops on
 * SIGTERM, SIGINT, or when a parent that opened an IPC channel is gone. The command line's `runlens collector` does the same.
 */
import { parseArgs } from 'node:util';
import { startCollector } from './index.ts';

const { values } = parseArgs({
  options: {
    host: { type: 'string' },
    port: { type: 'string' },
    home: { type: 'string' },
    data: { type: 'string' },
    fold: { type: 'string' },
    policy: { type: 'string' },
  },
});

try {
  const collector = await startCollector({
    ...(values.host === undefined ? {} : { host: values.host }),
    ...(values.port === undefined ? {} : { port: Number(values.port) }),
    ...(values.home === undefined ? {} : { home: values.home }),
    ...(values.data === undefined ? {} : { dataFolder: values.data }),
    ...(values.policy === undefined ? {} : { policyFile: values.policy }),
    ...(values.fold === undefined ? {} : { foldMilliseconds: Number(values.fold) }),
  });
  console.log(`Runlens collector is ready at ${collector.url}`);
  const stop = (): void => {
    collector.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.once('disconnect', stop);
} catch (error) {
  console.error(`runlens collector: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
