/** A Prometheus with one rule, and an Alertmanager that tells of it, from Debian's packages, in a folder of a test's own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureSystemPackages } from '../../scripts/system-packages.mjs';
import { freePort, untilItListens } from '../sensor/databases/ports.ts';

const binaries = { prometheus: '/usr/bin/prometheus', alertmanager: '/usr/bin/prometheus-alertmanager' };

export interface Alerting {
  /** What Prometheus scrapes, each second: `127.0.0.1:9100`. */
  readonly target: string;
  /** One rule of a group, as its `rules` have it. */
  readonly rule: object;
  readonly webhook: string;
  readonly secret: string;
}

export class Prometheus implements AsyncDisposable {
  readonly #folder: string;
  readonly #alerting: Alerting;
  readonly #children: ChildProcess[] = [];

  private constructor(folder: string, alerting: Alerting) {
    this.#folder = folder;
    this.#alerting = alerting;
  }

  static async start(alerting: Alerting): Promise<Prometheus> {
    if (!Object.values(binaries).every((path) => existsSync(path)))
      ensureSystemPackages(['prometheus', 'prometheus-alertmanager'], console.log);
    const made = new Prometheus(await mkdtemp(join(tmpdir(), 'runlens-prometheus-')), alerting);
    try {
      await made.#start();
    } catch (error) {
      await made[Symbol.asyncDispose]();
      throw error;
    }
    return made;
  }

  async #start(): Promise<void> {
    const [prometheus, alertmanager] = [await freePort(), await freePort()];
    const { target, rule, webhook } = this.#alerting;
    await this.#write('rules.yml', { groups: [{ name: 'shop', interval: '1s', rules: [rule] }] });
    await this.#write('prometheus.yml', {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: ['rules.yml'],
      alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanager}`] }] }] },
      scrape_configs: [{ job_name: 'shop', static_configs: [{ targets: [target] }] }],
    });
    await this.#configure(webhook);
    await this.#run(
      binaries.alertmanager,
      [
        ...[
          `--config.file=${join(this.#folder, 'alertmanager.yml')}`,
          `--storage.path=${join(this.#folder, 'alerts')}`,
        ],
        ...[`--web.listen-address=127.0.0.1:${alertmanager}`, '--cluster.listen-address='],
      ],
      alertmanager,
    );
    await this.#run(
      binaries.prometheus,
      [
        ...[
          `--config.file=${join(this.#folder, 'prometheus.yml')}`,
          `--storage.tsdb.path=${join(this.#folder, 'tsdb')}`,
        ],
        `--web.listen-address=127.0.0.1:${prometheus}`,
      ],
      prometheus,
    );
  }

  /** Alertmanager tells another address from now on. */
  async tell(webhook: string): Promise<void> {
    await this.#configure(webhook);
    this.#children[0]?.kill('SIGHUP');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  #configure(url: string): Promise<void> {
    const credentials = this.#alerting.secret;
    const webhook = { url, send_resolved: true, http_config: { authorization: { credentials } } };
    return this.#write('alertmanager.yml', {
      route: { receiver: 'runlens', group_wait: '0s', group_interval: '1s', repeat_interval: '1h' },
      receivers: [{ name: 'runlens', webhook_configs: [webhook] }],
    });
  }

  /** JSON is YAML. */
  #write(name: string, content: object): Promise<void> {
    return writeFile(join(this.#folder, name), JSON.stringify(content));
  }

  async #run(binary: string, given: readonly string[], port: number): Promise<void> {
    const child = spawn(binary, given, { stdio: 'ignore', cwd: this.#folder });
    this.#children.push(child);
    await untilItListens(port, child);
  }
}
