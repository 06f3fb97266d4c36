import { resolve } from 'node:path';
import type { Collector } from '@runlens/collector';
import { policyFileName } from '@runlens/protocol/policy';
import { Command } from 'commander';
import { exitCodes } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import { homeFolder } from '../home.ts';
import { addJson, examples, wholeNumber } from '../scope-options.ts';
import type { Session } from '../session.ts';
import { version } from '../version.ts';

interface Options {
  readonly host: string;
  readonly port: number;
  readonly data?: string;
  readonly policy?: string;
  readonly json?: boolean;
}

/** A stop that takes longer hangs on something that will not end; the store is safe against being killed. */
const stopMilliseconds = 20_000;

export function collectorCommand(session: Session): Command {
  const command = new Command('collector')
    .description('runs the collector, until Ctrl-C or SIGTERM')
    .option('--host <address>', 'the address to listen on; another than loopback lets other machines in', '127.0.0.1')
    .option('--port <port>', 'the port; 0: a free one', wholeNumber(0, 65_535), 4318)
    .option('--data <folder>', 'the folder of the store; default: data in the home folder')
    .option('--policy <file>', 'who may probe what; default: runlens.yml here');
  return addJson(command, 'print the line that tells it is ready as JSON')
    .addHelpText('after', examples('runlens collector', 'runlens collector --port 0 --data ./production-data --json'))
    .action(async (options: Options) => {
      // Before the start, so that a stop meanwhile is a clean one, too.
      const stopRequested = firstStop();
      const collector = await startFor(session, options);
      const { dataFolder, url } = collector;
      session.stdout.write(
        options.json
          ? `${JSON.stringify({ event: 'ready', url, data: dataFolder, pid: process.pid, version })}\n`
          : `runlens collector ready on ${url} (data in ${dataFolder})\n`,
      );
      await stopRequested;
      await stop(collector);
    });
}

async function startFor(session: Session, { data, host, policy, port }: Options): Promise<Collector> {
  // Loaded only here: the other commands need neither a store nor a server.
  const { startCollector } = await import('@runlens/collector');
  try {
    return await startCollector({
      host,
      port,
      home: homeFolder(session.env),
      ...(data !== undefined && { dataFolder: resolve(session.cwd, data) }),
      policyFile: resolve(session.cwd, policy ?? policyFileName),
    });
  } catch (error) {
    throw startFailure(error);
  }
}

/** What the collector and the system say as a sentence with a remedy; faults of ours stay what they are. */
function startFailure(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code === undefined && /^(Type|Range|Reference|Syntax)Error$/.test(error.name)) return error;
  const remedy = code === undefined ? '' : `; ${remedies[code] ?? 'check --data and RUNLENS_HOME'}`;
  return new CliFailure(
    exitCodes.failure,
    `The collector did not start: ${error.message.replace(/\.$/, '')}${remedy}.`,
  );
}

const writable = 'use a port above 1023, and folders that you may write (--data, RUNLENS_HOME)';
const ownAddress = 'give an address of this machine (--host)';
/** By the code of the system's error; the collector's own errors carry their remedy. */
const remedies: Readonly<Record<string, string>> = {
  EACCES: writable,
  EPERM: writable,
  EROFS: writable,
  EADDRNOTAVAIL: ownAddress,
  ENOTFOUND: ownAddress,
  ENOSPC: 'free some space, or give a folder on another disk (--data)',
};

/** Resolves at the first SIGINT or SIGTERM, or when the process that started this one with a channel is gone. */
function firstStop(): Promise<void> {
  return new Promise((resolve) => {
    // `once`: the second time a signal does what it does by itself, and ends the process at once.
    for (const event of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.once(event, () => resolve());
  });
}

async function stop(collector: Collector): Promise<void> {
  const late = setTimeout(() => {
    process.stderr.write(
      'runlens: the collector did not stop in time and is ended; nothing that it acknowledged is lost.\n',
    );
    process.exit(exitCodes.failure);
  }, stopMilliseconds);
  await collector.close();
  clearTimeout(late);
}
