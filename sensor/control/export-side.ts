import type { Acknowledgement, SensorState } from '@runlens/protocol/control';
import type { Collection } from '../export/collection.ts';
import type { ServiceSettings } from '../export/export.ts';
import type { Exporter } from '../export/exporter.ts';
import type { FromExportThread } from '../export/messages.ts';
import { requireLazily } from '../load/commonjs.ts';
import { firstPartyFilter, rootedPath } from '../load/first-party.ts';
import type { LoadedFile } from '../load/loaded-file.ts';
import { warn } from '../log.ts';
import type { ProbesNews } from '../probes/engine/messages.ts';
import { StackPlaces } from '../probes/engine/stack-places.ts';
import type { ProbesThread } from '../probes/engine/thread-side.ts';
import { Gates } from '../probes/gates.ts';
import type { Resource } from '../resource.ts';
import { threadCpuSeconds } from '../runtime/thread-cpu.ts';
import { ControlChannel } from './channel.ts';
import type { ControlState } from './control.ts';
import { CostMeter, type Usage } from './cost-meter.ts';
import { describeSelf } from './self.ts';
import { SelfLimit } from './self-limit.ts';

export interface ExportSideOptions {
  readonly settings: ServiceSettings;
  readonly resource: Resource;
  readonly exporter: Exporter;
  readonly collection: Collection;
  /** To the service's thread. */
  readonly ask: (request: Exclude<FromExportThread, 'ready'>) => void;
}

/** While no interval ends, the collector is told so often that the service is there. */
const beatMilliseconds = 30_000;
/** What an export takes varies: what is judged is of several short intervals together. */
const usualLookMilliseconds = 5_000;
const intervalsOfLook = 10;
/** A share that has changed by less is not reported by itself. */
const leastChange = 0.005;

/** What the export thread does for the control of the sensor: the channel, the telemetry of it, the cost and its limit. */
export class ExportSide {
  readonly cost = new CostMeter(usage());
  readonly #options: ExportSideOptions;
  readonly #channel: ControlChannel;
  readonly #limit: SelfLimit;
  #state: ControlState;
  #beat: NodeJS.Timeout | undefined;
  /** None yet: the first is told, however small. */
  #reportedShare = Number.NaN;
  #hasLooked = false;
  #spent = 0;
  #lookedAt = performance.now();
  readonly #gates: Gates;
  /** Of files that worker threads of the service have loaded. */
  readonly #gatesOfThreads: Gates;
  readonly #stacks = new StackPlaces();
  /** From the first probe on. */
  #probes: ProbesThread | undefined;
  readonly #lookMilliseconds: number;

  constructor(options: ExportSideOptions) {
    this.#options = options;
    const { start, configuration, root, ownFolder } = options.settings;
    const { include, exclude } = configuration;
    const identity = { root, isFirstParty: firstPartyFilter({ root, include, exclude, ownFolder }) };
    this.#gates = new Gates(identity);
    this.#gatesOfThreads = new Gates(identity);
    this.#state = { level: 'full', since: start, offBy: [] };
    this.#limit = new SelfLimit(configuration.cpuBudget);
    const interval = configuration.flushIntervalMilliseconds;
    this.#lookMilliseconds = 0.9 * Math.max(interval, Math.min(usualLookMilliseconds, interval * intervalsOfLook));
    this.#channel = new ControlChannel({
      configuration: configuration.exporter,
      self: describeSelf(options.resource),
      state: () => this.#sensorState(),
      onSwitch: ({ id, on }) => options.ask({ kind: 'switch', id, on }),
      commands: configuration.probes ? ['switch', 'probes'] : ['switch'],
      onProbes: (command) => this.#theProbes().take(command),
      onConnection: (isOpen) => this.#probes?.connected(isOpen),
      probeReports: () => this.#probes?.reports() ?? [],
    });
    options.exporter.tellSensor(() => ({ at: Date.now(), level: this.#state.level, cpuShare: this.#share }));
  }

  /** What the service's thread does now; the first time, that it is known. */
  changed(state: ControlState, answer: Acknowledgement | undefined): void {
    this.#state = state;
    this.#probes?.switched(state.level === 'off');
    clearInterval(this.#beat);
    if (state.level === 'off') this.#beat = setInterval(() => this.#options.exporter.beat(), beatMilliseconds);
    this.#channel.connect();
    this.#channel.report(answer);
    this.#options.exporter.beat();
  }

  /** An interval has ended, in which the sensor took so much of the service's thread, in milliseconds. */
  look(spent: number): void {
    this.#spent += spent;
    const now = performance.now();
    if (now - this.#lookedAt < this.#lookMilliseconds) return;
    this.#lookedAt = now;
    const cost = this.cost.look(usage(), this.#spent);
    this.#spent = 0;
    // The first is of the start: who the functions are is found out once. That of a pause is of no measuring.
    const counts = this.#hasLooked && this.#state.level !== 'off';
    this.#hasLooked = true;
    if (!counts) return;
    if (this.#limit.look(cost)) {
      const { level, left } = this.#limit;
      this.#say();
      this.#options.ask({ kind: 'limit', level, left: left.map(({ first, count }) => ({ first, count })) });
      return;
    }
    const share = this.#share ?? 0;
    if (Math.abs(share - this.#reportedShare) < leastChange) return;
    this.#reportedShare = share;
    this.#channel.report();
  }

  #say(): void {
    const { cpuBudget } = this.#options.settings.configuration;
    const { level, share = 0 } = this.#limit;
    const text = `the sensor costs ${percent(share)} of a CPU, by its budget of ${percent(cpuBudget)} (RUNLENS_CPU_BUDGET): its level is "${level}" from now on`;
    // Once for each level: how often it changes is told by its metrics.
    if (level !== 'full') warn(text, level);
  }

  loaded(file: LoadedFile): void {
    if (!this.#options.settings.configuration.probes) return;
    this.#gates.add(file);
    this.#stacks.add(file);
    this.#probes?.loaded();
  }

  /** Of other threads no function can be opened by this one: it is only told why. */
  loadedByThread(file: LoadedFile): void {
    this.#gatesOfThreads.add(file);
    this.#probes?.loaded();
  }

  probesNews(news: ProbesNews): void {
    this.#probes?.news(news);
  }

  #theProbes(): ProbesThread {
    if (!this.#probes) {
      const { settings, collection, ask } = this.#options;
      const { probesClosed, secretNames } = settings.configuration;
      // The bundle of this folder that exports just this class.
      const part = requireLazily('./probes-thread.cjs') as typeof import('../probes/engine/thread-side.ts');
      this.#probes = new part.ProbesThread({
        engine: () => {
          const code = part.engineCode(settings.ownFolder);
          ask({ kind: 'probes-engine', code });
        },
        order: (orders) => ask({ kind: 'probes', orders }),
        report: (acknowledgement) => this.#channel.report(acknowledgement),
        send: (captures, done) => this.#channel.sendCaptures(captures, done),
        locate: (file, line) => this.#gates.locate(file, line),
        isOfThreads: (file) => this.#gatesOfThreads.has(file),
        places: collection,
        stacks: this.#stacks,
        root: settings.root,
        allowsFallback: settings.configuration.probesFallback !== undefined,
        closed: probesClosed,
        secretNames,
        now: Date.now,
      });
      this.#probes.switched(this.#state.level === 'off');
    }
    return this.#probes;
  }

  close(): void {
    clearInterval(this.#beat);
    this.#probes?.end();
    this.#channel.close();
  }

  get #share(): number | undefined {
    return this.#state.level === 'off' ? undefined : this.#limit.share;
  }

  #sensorState(): SensorState {
    const { level, since, offBy } = this.#state;
    const { root, configuration } = this.#options.settings;
    return {
      level,
      since: new Date(since).toISOString(),
      offBy: [...offBy],
      cpuShare: this.#share ?? null,
      cpuBudget: configuration.cpuBudget,
      filesOff: level === 'files-off' ? this.#limit.left.map(({ path }) => rootedPath(root, path).slice(0, 1_024)) : [],
    };
  }
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  // Where the CPU time of this thread is not told, the time in which its loop was busy stands for it.
  const thread = threadCpuSeconds() ?? performance.eventLoopUtilization().active / 1_000;
  return { process: (user + system) / 1e6, thread, at: performance.now() };
}
