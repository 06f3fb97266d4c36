/** The collector: takes telemetry in, stores it, answers queries. `startCollector` is all that others need. */
import type { AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { healthResponseSchema } from '@runlens/protocol/api/stream';
import { defaultCollectorPort, homeFiles } from '@runlens/protocol/home';
import { policyFileName } from '@runlens/protocol/policy';
import { type Logger, pino } from 'pino';
import { TokenStore } from './access/token-store.ts';
import { openAuditLog } from './audit/open-audit-log.ts';
import { Refusals } from './audit/refusals.ts';
import { Switches } from './control/switches.ts';
import {
  catalogLimits,
  defaultRetention,
  findingsMilliseconds,
  type Retention,
  requestsPerMinute,
  storeTimes,
  waitingConnections,
} from './defaults.ts';
import { EventFile } from './events/event-file.ts';
import { readEventSecrets } from './events/event-secrets.ts';
import { FindingFile } from './findings/finding-file.ts';
import { defaultHome, readOrMakeToken, removeAddress, writeAddress } from './home-folder.ts';
import { isLoopback } from './http/access.ts';
import { buildServer } from './http/server.ts';
import { PolicyFile } from './policy/policy-file.ts';
import { ProbeFile } from './probes/probe-file.ts';
import { warmUp } from './query/warm-up.ts';
import type { CatalogLimits } from './store/catalog.ts';
import { SqliteStore } from './store/sqlite/sqlite-store.ts';
import { collectorVersion } from './version.ts';

export { DataFolderInUseError, StorageFullError } from './store/profile-store.ts';
export { collectorVersion } from './version.ts';

export interface CollectorOptions {
  /** Default 127.0.0.1. Any other than a loopback address asks the token for ingest too. */
  readonly host?: string;
  /** Default 4318; 0: a free one. */
  readonly port?: number;
  /** Default: `RUNLENS_HOME`, else `~/.runlens`. Holds the token and the address of the running collector. */
  readonly home?: string;
  /** Default: `data` in the home folder. One collector a folder. */
  readonly dataFolder?: string;
  /** Default: `runlens.yml` in the working directory. What it does not say holds as without it. */
  readonly policyFile?: string;
  /** Default: that of the home folder, made at the first start. */
  readonly token?: string;
  /** Default `warn`. Logs go to standard error, as JSON lines. */
  readonly logLevel?: 'silent' | 'error' | 'warn' | 'info' | 'debug';
  readonly retention?: Partial<Retention>;
  readonly limits?: Partial<CatalogLimits>;
  /** Where secrets of senders of events are: `RUNLENS_EVENTS_SECRET_…`. Default: that of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970; for tests. */
  readonly now?: () => number;
  /** Milliseconds between two folds of the journal; default a minute. */
  readonly foldMilliseconds?: number;
  /** Milliseconds between two looks for findings; default 30 s. */
  readonly findingsMilliseconds?: number;
  /** For tests of a full disk: the most pages of 4 KiB that the store may have. */
  readonly maxPages?: number;
  /** Of one token or address; for tests. */
  readonly requestsPerMinute?: number;
  /** How often resources that agents listen to are looked at; default 15 seconds. */
  readonly resourceWatchMilliseconds?: number;
}

export interface Collector {
  /** `http://127.0.0.1:4318`, without a slash at the end. */
  readonly url: string;
  readonly token: string;
  readonly home: string;
  readonly dataFolder: string;
  /** Writes what waits, ends streams and connections, removes the address from the home folder. */
  close(): Promise<void>;
}

/** The port is taken; the message says by whom, as far as that can be told. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
  /** Where the Runlens collector is that has the port; undefined when something else has it. */
  readonly collectorUrl: string | undefined;

  constructor(message: string, collectorUrl: string | undefined) {
    super(message);
    this.collectorUrl = collectorUrl;
  }
}

/**
 * Opens the store, listens, and writes `collector.json` to the home folder when it is ready.
 * Throws {@link PortTakenError}, {@link DataFolderInUseError}, `NewerStoreError`, or what the file system says.
 */
export async function startCollector(options: CollectorOptions = {}): Promise<Collector> {
  const host = options.host ?? '127.0.0.1';
  const port = options.port ?? defaultCollectorPort;
  const home = options.home ?? defaultHome();
  const dataFolder = options.dataFolder ?? join(home, homeFiles.data);
  const now = options.now ?? Date.now;
  const token = options.token ?? readOrMakeToken(home);
  const logger: Logger = pino({ level: options.logLevel ?? 'warn', base: { part: 'collector' } }, pino.destination(2));
  const startedAt = now();
  const eventSecrets = readEventSecrets(options.environment ?? process.env);

  // The port first: another collector there most likely has the data folder too, and is the better thing to name.
  if (port !== 0) await refuseTakenPort(host, port);
  const store = new SqliteStore({
    folder: dataFolder,
    now,
    retention: { ...defaultRetention, ...options.retention },
    limits: { ...catalogLimits, ...options.limits },
    maxPages: options.maxPages,
  });
  if (store.movedAside !== undefined) {
    logger.error({ folder: store.movedAside }, 'the store was damaged: it was moved aside and a new one was begun');
  }
  const closers: (() => void)[] = [];
  try {
    const switches = new Switches(dataFolder);
    const probeFile = new ProbeFile(dataFolder, now());
    closers.push(() => probeFile.close());
    for (const problem of probeFile.problems()) logger.error(problem);
    const findingFile = new FindingFile(dataFolder, now());
    closers.push(() => findingFile.close());
    for (const problem of findingFile.problems()) logger.error(problem);
    const eventFile = new EventFile(dataFolder, now());
    closers.push(() => eventFile.close());
    for (const problem of eventFile.problems()) logger.error(problem);
    const auditLog = openAuditLog(dataFolder, home, now);
    for (const problem of auditLog.problems) logger.error({ problem }, 'the audit log');
    closers.push(() => auditLog.close());
    const refusals = new Refusals(auditLog, now);
    const policy = new PolicyFile(options.policyFile ?? resolve(policyFileName), now);
    const loopback = isLoopback(host);
    const app = await buildServer({
      store,
      access: {
        token,
        user: userInfo().username,
        tokens: new TokenStore(home, now),
        onRefused: (actor, path, reason, from) => refusals.add(actor, path, reason, from),
        loopback,
      },
      switches,
      probeFile,
      findingFile,
      eventFile,
      eventSecrets,
      findingsMilliseconds: options.findingsMilliseconds ?? findingsMilliseconds,
      resourceWatchMilliseconds: options.resourceWatchMilliseconds,
      auditLog,
      policy,
      logger,
      now,
      startedAt,
      requestsPerMinute: options.requestsPerMinute ?? requestsPerMinute,
    });
    try {
      await app.listen({ host, port, backlog: waitingConnections });
    } catch (error) {
      await app.close();
      if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') throw await portTaken(host, port);
      throw error;
    }
    // Listening on a TCP port, Node answers an AddressInfo (only pipes answer a string).
    const bound = app.server.address() as AddressInfo;
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${bound.port}`;
    writeAddress(home, {
      url,
      pid: process.pid,
      version: collectorVersion,
      startedAt: new Date(startedAt).toISOString(),
      data: resolve(dataFolder),
    });
    const maintenance = setInterval(() => {
      auditLog.settle();
      store.maintain().catch((error: unknown) => logger.error({ err: error }, 'writing to the store failed'));
    }, options.foldMilliseconds ?? storeTimes.foldMilliseconds);
    const stop = new AbortController();
    const warm = warmUp(store, now, stop.signal).catch((error: unknown) =>
      logger.error({ err: error }, 'answering ahead failed'),
    );
    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      clearInterval(maintenance);
      stop.abort();
      await warm;
      removeAddress(home, url);
      await app.close();
      for (const each of closers) each();
      await store.close();
    };
    return {
      url,
      token,
      home,
      dataFolder,
      close: () => {
        closing ??= close();
        return closing;
      },
    };
  } catch (error) {
    for (const each of closers) each();
    await store.close();
    throw error;
  }
}

async function refuseTakenPort(host: string, port: number): Promise<void> {
  const health = await askHealth(host, port);
  if (health !== undefined) throw await portTaken(host, port);
}

async function portTaken(host: string, port: number): Promise<PortTakenError> {
  const url = await askHealth(host, port);
  return url === undefined
    ? new PortTakenError(
        `port ${port} of ${host} is taken by another program (an OpenTelemetry Collector has this port by default too): stop it, or give another port (--port)`,
        undefined,
      )
    : new PortTakenError(
        `a Runlens collector is running already at ${url}: use it, or give this one another port (--port) and data folder (--data)`,
        url,
      );
}

/** The address of the Runlens collector at a port; undefined when nothing or something else answers. */
async function askHealth(host: string, port: number): Promise<string | undefined> {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  const url = `http://${name}:${port}`;
  try {
    const answer = await fetch(`${url}/health`, { signal: AbortSignal.timeout(1_000) });
    return healthResponseSchema.safeParse(await answer.json()).success ? url : undefined;
  } catch {
    return undefined;
  }
}
