import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, threadId } from 'node:worker_threads';
import type { Configuration } from '../configuration.ts';
import { instanceId } from '../instance.ts';
import type { LoadedFile } from '../load/loaded-file.ts';
import { debug, messageOf, warn } from '../log.ts';
import type { DrainedOperations } from '../operations/operations.ts';
import type { OperationDelta } from '../operations/recorder.ts';
import { makeResource, type Resource } from '../resource.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { folderWith, readRepository, repositoryRoot } from '../source/repository.ts';
import { Collection } from './collection.ts';
import { Exporter } from './exporter.ts';

export interface SessionOptions {
  readonly configuration: Configuration;
  readonly root: string;
  /** The folder of the program, by which the service's package is found. */
  readonly programFolder: string;
  readonly isFirstParty: (path: string) => boolean;
  readonly runtime: Pick<Runtime, 'drain'>;
  /** Queries and calls out since the last time; nothing while there were none. `last`: the process is ending. */
  readonly operations?: (last: boolean) => DrainedOperations | undefined;
  /** Calls by caller and entry since the last time. */
  readonly callers?: (last: boolean) => readonly OperationDelta[] | undefined;
  /** Milliseconds since 1970 from which on calls were counted. */
  readonly start: number;
  readonly now: () => number;
  readonly sensorVersion: string;
}

/** One process (or worker thread) as the collector sees it, from its first file to its last flush. */
export class Session {
  readonly #collection: Collection;
  readonly #exporter: Exporter;
  readonly #now: () => number;
  #flushing = false;
  #ended = false;

  constructor(options: SessionOptions) {
    const { configuration, root, isFirstParty, runtime, start, now, sensorVersion } = options;
    for (const problem of configuration.problems) warn(problem);
    this.#now = now;
    this.#collection = new Collection(runtime, { root, isFirstParty }, start, (last) => {
      const drained = options.operations?.(last);
      for (const [reason, points] of drained?.dropped ?? []) this.#exporter.dropped(reason, points);
      return [...(drained?.operations ?? []), ...(options.callers?.(last) ?? [])];
    });
    this.#exporter = new Exporter({
      configuration: configuration.exporter,
      resource: readResource(options),
      sensorVersion,
      known: this.#collection.known,
      now,
    });
  }

  add(file: LoadedFile): void {
    this.#collection.add(file);
  }

  /** Sends what was counted since the last flush. Never throws or rejects. */
  async flush(): Promise<void> {
    if (this.#flushing || this.#ended) return;
    this.#flushing = true;
    try {
      await this.#collection.identify();
      if (!this.#ended) this.#exporter.add(this.#collection.drain(this.#now()));
    } catch (error) {
      warn(`an export failed: ${messageOf(error)}`);
    } finally {
      this.#flushing = false;
    }
  }

  /** Sends all that is left and waits for it: to be called when the process ends, once. Never throws. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    try {
      this.#exporter.sendAllBeforeExit(this.#collection.drain(this.#now(), true));
    } catch (error) {
      debug(`the last export failed: ${messageOf(error)}`);
    }
  }
}

function readResource({ root, programFolder, sensorVersion }: SessionOptions): Resource {
  const problems: string[] = [];
  const description = readPackage(programFolder) ?? readPackage(root);
  const repositoryFolder = repositoryRoot(root);
  const repository = repositoryFolder === undefined ? undefined : readRepository(repositoryFolder);
  const resource = makeResource(
    process.env,
    {
      packageName: description?.name,
      packageVersion: description?.version,
      checkoutRevision: repository?.revision,
      repositoryUrl: repository?.url,
      instanceId: instanceId(),
      sensorVersion,
      processId: process.pid,
      nodeVersion: process.versions.node,
      threadId: isMainThread ? 0 : threadId,
    },
    problems,
  );
  for (const problem of problems) warn(problem);
  return resource;
}

function readPackage(folder: string): { name: string | undefined; version: string | undefined } | undefined {
  const at = folderWith('package.json', folder);
  if (at === undefined) return undefined;
  try {
    const description: unknown = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8'));
    const text = (key: string): string | undefined => {
      const value: unknown = Object(description)[key];
      return typeof value === 'string' && value !== '' ? value : undefined;
    };
    return { name: text('name'), version: text('version') };
  } catch {
    return undefined;
  }
}
