/** A sensor's end of the channel of probes, spoken by hand: what it reports and captures is what a test says. */
import { request as httpRequest } from 'node:http';
import {
  type ArmedProbe,
  type CapturedValue,
  type ProbeReport,
  probesCommandSchema,
  type SentCapture,
} from '@runlens/protocol';
import { z } from 'zod';
import { eventually } from './eventually.ts';

const headers = { 'runlens-control': '1', 'content-type': 'application/json' };
const welcomeSchema = z.object({ kind: z.literal('welcome'), connection: z.string() });
const timeoutMilliseconds = 30_000;

/** Full measuring, nothing switched off. */
const state = {
  level: 'full',
  since: '2026-01-01T00:00:00.000Z',
  offBy: [],
  cpuShare: null,
  cpuBudget: 0.03,
  filesOff: [],
};

export interface SpokenSensorOptions {
  readonly collectorUrl: string;
  readonly instance: string;
  readonly service?: string;
  readonly environment?: string;
  readonly version?: string;
}

export class SpokenSensor implements Disposable {
  probes: readonly ArmedProbe[] = [];
  /** Whether it confirms what it is told. */
  answers = true;
  #connection = '';
  #captures = 0;
  readonly #options: SpokenSensorOptions;
  readonly #request;

  static async connect(options: SpokenSensorOptions): Promise<SpokenSensor> {
    const sensor = new SpokenSensor(options);
    await eventually('the channel is open', () => {
      if (sensor.#connection === '') throw new Error('no welcome yet');
    });
    return sensor;
  }

  private constructor(options: SpokenSensorOptions) {
    this.#options = options;
    const { collectorUrl, instance, service = 'shop', environment = 'production', version = '42' } = options;
    this.#request = httpRequest(`${collectorUrl}/v1/control/connect`, { method: 'POST', headers });
    this.#request.on('error', () => undefined); // the collector may end before the sensor
    this.#request.on('response', (response) => {
      let rest = '';
      response.on('error', () => undefined);
      response.on('data', (chunk: Buffer) => {
        rest += chunk.toString();
        const lines = rest.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) this.#take(JSON.parse(line));
      });
    });
    const about = {
      version: 1,
      service,
      environment,
      serviceVersion: version,
      instance,
      pid: 1,
      node: '24',
      sensor: '1',
    };
    this.#request.end(JSON.stringify({ ...about, commands: ['switch', 'probes'], state }));
  }

  /** Reports how its only probe stands. */
  async report(told: Partial<ProbeReport['state']>, numbers?: ProbeReport['numbers']): Promise<void> {
    const probe = await this.probe();
    const standing = {
      state: 'armed',
      reached: 0,
      hits: 0,
      skipped: 0,
      failures: 0,
      cost: 0,
      at: new Date().toISOString(),
      engine: 'gate',
      ...told,
    };
    const probes = [{ probe: probe.id, state: standing, ...(numbers ? { numbers } : {}) }];
    await this.#post('report', { state, acknowledgements: [], probes });
  }

  async capture(
    part: Partial<SentCapture> & { readonly locals?: readonly (readonly [string, CapturedValue])[] },
  ): Promise<void> {
    const { id, request } = await this.probe();
    const { locals, ...rest } = part;
    this.#captures += 1;
    const capture = {
      id: `c-${this.#options.instance.replace(/[^0-9a-z]/g, '')}${String(this.#captures).padStart(8, '0')}`,
      probe: id,
      kind: request.kind,
      at: new Date().toISOString(),
      file: request.place.file,
      function: request.place.function ?? '(anonymous)',
      line: request.place.line,
      redacted: 0,
      cut: [],
      cost: 0.1,
      ...(locals ? { values: { locals } } : {}),
      ...rest,
    };
    await this.#post('captures', { captures: [capture] });
  }

  /** The only probe that it was told; waits for it. */
  probe(): Promise<ArmedProbe> {
    return eventually(`${this.#options.instance} is told one probe`, () => {
      const [probe] = this.probes;
      if (!probe || this.probes.length > 1) throw new Error(`${this.probes.length} probes`);
      return probe;
    });
  }

  [Symbol.dispose](): void {
    this.#request.destroy();
  }

  #take(message: unknown): void {
    const welcome = welcomeSchema.safeParse(message);
    if (welcome.success) this.#connection = welcome.data.connection;
    const command = probesCommandSchema.safeParse(message);
    if (!command.success) return;
    this.probes = command.data.probes;
    if (!this.answers) return;
    // The collector may be gone by now: then nobody waits for it.
    this.#post('report', { state, probes: [], acknowledgements: [{ id: command.data.id, outcome: 'done' }] }).catch(
      () => undefined,
    );
  }

  async #post(path: 'report' | 'captures', body: object): Promise<void> {
    const response = await fetch(`${this.#options.collectorUrl}/v1/control/${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ connection: this.#connection, ...body }),
      signal: AbortSignal.timeout(timeoutMilliseconds),
    });
    if (!response.ok)
      throw new Error(`the collector answered ${path} with ${response.status}: ${await response.text()}`);
  }
}
