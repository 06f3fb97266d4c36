/** A service under the sensor and a real collector, to which probes are placed by its API. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Collector, startCollector } from '@runlens/collector';
import type { Capture, ProbeStatus } from '@runlens/protocol';
import { expect } from 'vitest';
import { until } from '../story/eventually.ts';
import { type NodeMajor, type ServiceFolder, ServiceProcess } from './service-process.ts';

/** A busy machine cuts no capture: what time cuts has tests of its own. */
const patience = { milliseconds: 10 };

/** A collector with a home of its own, asked as a person with the admin's token. */
export class ProbingCollector implements AsyncDisposable {
  readonly home: string;
  collector: Collector;

  private constructor(home: string, collector: Collector) {
    this.home = home;
    this.collector = collector;
  }

  static async start(): Promise<ProbingCollector> {
    const home = await mkdtemp(join(tmpdir(), 'runlens-home-'));
    const policyFile = join(home, 'runlens.yml');
    await writeFile(policyFile, `probes: { limits: { capture: { milliseconds: ${patience.milliseconds} } } }`);
    return new ProbingCollector(home, await startCollector({ home, port: 0, policyFile }));
  }

  async call(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> {
    const answer = await fetch(this.collector.url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.collector.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: await answer.json() };
  }

  async place(request: object): Promise<ProbeStatus> {
    const { status, body } = await this.call('POST', '/api/v1/probes', {
      target: { service: 'shop' },
      capture: patience,
      ...request,
    });
    expect({ status, body }).toMatchObject({ status: 200 });
    // Checked by the collector's own schema of its answers.
    return body as ProbeStatus;
  }

  async status(id: string): Promise<ProbeStatus> {
    // Checked by the collector's own schema of its answers.
    return (await this.call('GET', `/api/v1/probes/${id}`)).body as ProbeStatus;
  }

  async captures(id: string): Promise<readonly Capture[]> {
    const { body } = await this.call('GET', `/api/v1/probes/${id}/captures?limit=200`);
    return Object(body).captures;
  }

  async remove(id: string): Promise<void> {
    expect((await this.call('DELETE', `/api/v1/probes/${id}`)).status).toBe(200);
  }

  connected(): Promise<unknown> {
    return until('the sensor is connected', async () => {
      const { body } = await this.call('GET', '/api/v1/sensors');
      return Object(body).sensors[0];
    });
  }

  /** Waits until it stands so. */
  reaches(id: string, state: ProbeStatus['state']): Promise<ProbeStatus> {
    let last: ProbeStatus | undefined;
    return until(`${id} is ${state}`, async () => {
      last = await this.status(id);
      return last.state === state ? last : undefined;
    }).catch((error: Error) => {
      throw new Error(`${error.message}; it is ${JSON.stringify(last)}`);
    });
  }

  firstCapture(id: string): Promise<Capture> {
    return until(`a capture of ${id}`, async () => (await this.captures(id))[0]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.collector.close();
    await rm(this.home, { recursive: true, force: true });
  }
}

/** A service whose tests speak to it by messages: what it is sent is evaluated there, and what that gives comes back. */
export class ProbedService extends ServiceProcess {
  readonly #waiting: ((answer: unknown) => void)[] = [];

  constructor(
    node: NodeMajor,
    folder: ServiceFolder,
    endpoint: string,
    program: string,
    more: { readonly environment?: Readonly<Record<string, string>>; readonly preload?: readonly string[] } = {},
  ) {
    super({
      node,
      folder,
      arguments: [program],
      endpoint,
      longestMilliseconds: 240_000,
      ...(more.preload === undefined ? {} : { preload: more.preload }),
      environment: { RUNLENS_FLUSH_INTERVAL: '100ms', OTEL_SERVICE_NAME: 'shop', ...more.environment },
    });
    this.child.on('message', (message) => this.#waiting.shift()?.(message));
  }

  /** Answers come in the order of the questions, or are alike. */
  ask(message: unknown): Promise<unknown> {
    const answer = new Promise((resolve) => this.#waiting.push(resolve));
    this.child.send(Object(message));
    return answer;
  }

  async end(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}
