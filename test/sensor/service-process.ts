/** Runs a program under the sensor in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ensureNode } from '../../scripts/toolchain.mjs';
import { putSensor } from './built-sensor.ts';

export const nodeMajors = [20, 22, 24] as const;
export type NodeMajor = (typeof nodeMajors)[number];

export const nodeBinary = (major: NodeMajor): string => ensureNode(major);

/** A folder that is removed in the end, with the sensor built into it and files of the test. */
export class ServiceFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Those that run in it. */
  readonly services = new Set<ServiceProcess>();

  /** What the sensor keeps between the runs of this folder. */
  get cache(): string {
    return join(this.path, '.cache');
  }

  /** The folder of the built sensor. */
  get sensor(): string {
    return join(this.path, 'node_modules', '@runlens', 'sensor');
  }

  static async create(files: Readonly<Record<string, string>> = {}): Promise<ServiceFolder> {
    const folder = new ServiceFolder(await mkdtemp(join(tmpdir(), 'runlens-service-')));
    await putSensor(folder.sensor);
    await folder.write({ 'package.json': '{"name":"the-service","version":"2.1.0"}', ...files });
    return folder;
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      const path = join(this.path, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
  }

  /** Ends the services that a test which failed has left behind. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.services].map((service) => service.kill()));
    await rm(this.path, { recursive: true, force: true });
  }
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly node: NodeMajor;
  readonly folder: ServiceFolder;
  /** What follows `node --import @runlens/sensor`. */
  readonly arguments: readonly string[];
  /** The collector's address; without it one where nobody listens. */
  readonly endpoint: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Instead of `--import @runlens/sensor`. */
  readonly preload?: readonly string[];
  /** It is killed then; a minute and a half where this is not given. */
  readonly longestMilliseconds?: number;
}

const usualLongestMilliseconds = 90_000;

export class ServiceProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  #stdout = '';
  #stderr = '';

  constructor(options: RunOptions) {
    const {
      node,
      folder,
      arguments: rest,
      endpoint,
      environment = {},
      preload = ['--import', '@runlens/sensor'],
      longestMilliseconds = usualLongestMilliseconds,
    } = options;
    this.child = spawn(nodeBinary(node), [...preload, ...rest], {
      cwd: folder.path,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        PATH: process.env.PATH,
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
        RUNLENS_CACHE: folder.cache,
        // A short program costs much of the little that it takes: what is tested is all that the sensor does.
        RUNLENS_CPU_BUDGET: 'off',
        ...environment,
      },
    });
    const timer = setTimeout(() => this.child.kill('SIGKILL'), longestMilliseconds);
    this.child.stdout?.on('data', (chunk) => {
      this.#stdout += chunk;
    });
    this.child.stderr?.on('data', (chunk) => {
      this.#stderr += chunk;
    });
    folder.services.add(this);
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        clearTimeout(timer);
        folder.services.delete(this);
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  /** What it has written until now. */
  get stdout(): string {
    return this.#stdout;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  /** Waits until the program has written this to stdout. */
  wrote(text: string): Promise<void> {
    return this.#until(text, () => this.#stdout);
  }

  /** Waits until this was written to stderr so many times. */
  said(text: string, times = 1): Promise<void> {
    return this.#until(text, () => this.#stderr, times);
  }

  async #until(text: string, output: () => string, times = 1): Promise<void> {
    while (output().split(text).length <= times) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`ended before it wrote ${JSON.stringify(text)}: ${this.#stdout}${this.#stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

export function runService(options: RunOptions): Promise<Ended> {
  return new ServiceProcess(options).ended;
}
