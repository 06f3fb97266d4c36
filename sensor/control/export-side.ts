import type { Acknowledgement, SensorState } from '@runlens/protocol/control';
import type { ServiceSettings } from '../export/export.ts';
import type { Exporter } from '../export/exporter.ts';
import type { FromExportThread } from '../export/messages.ts';
import type { Resource } from '../resource.ts';
import { ControlChannel } from './channel.ts';
import type { ControlState } from './control.ts';
import { describeSelf } from './self.ts';

export interface ExportSideOptions {
  readonly settings: ServiceSettings;
  readonly resource: Resource;
  readonly exporter: Exporter;
  /** To the service's thread. */
  readonly ask: (request: Exclude<FromExportThread, 'ready'>) => void;
}

/** While no interval ends, the collector is told so often that the service is there. */
const beatMilliseconds = 30_000;

/** What the export thread does for the control of the sensor: the channel, the telemetry of it, and the limit. */
export class ExportSide {
  readonly #options: ExportSideOptions;
  readonly #channel: ControlChannel;
  #state: ControlState;
  #beat: NodeJS.Timeout | undefined;

  constructor(options: ExportSideOptions) {
    this.#options = options;
    this.#state = { level: 'full', since: options.settings.start, offBy: [] };
    this.#channel = new ControlChannel({
      configuration: options.settings.configuration.exporter,
      self: describeSelf(options.resource),
      state: () => this.#sensorState(),
      onSwitch: ({ id, on }) => options.ask({ kind: 'switch', id, on }),
    });
    options.exporter.tellSensor(() => ({ at: Date.now(), level: this.#state.level, cpuShare: undefined }));
  }

  /** What the service's thread does now; the first time, that it is known. */
  changed(state: ControlState, answer: Acknowledgement | undefined): void {
    this.#state = state;
    clearInterval(this.#beat);
    if (state.level === 'off') this.#beat = setInterval(() => this.#options.exporter.beat(), beatMilliseconds);
    this.#channel.connect();
    this.#channel.report(answer);
    this.#options.exporter.beat();
  }

  close(): void {
    clearInterval(this.#beat);
    this.#channel.close();
  }

  #sensorState(): SensorState {
    const { level, since, offBy } = this.#state;
    return {
      level,
      since: new Date(since).toISOString(),
      offBy: [...offBy],
      cpuShare: null,
      cpuBudget: this.#options.settings.configuration.cpuBudget,
      filesOff: [],
    };
  }
}
