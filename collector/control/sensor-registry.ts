/** The sensors that hold a channel to this collector, and what they are told. */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { ConnectedSensor, SensorSwitch } from '@runlens/protocol/api/sensors';
import {
  type Acknowledgement,
  type ControlCommand,
  type ControlMessage,
  controlLimits,
  type SensorHello,
  type SensorReport,
  type SensorState,
} from '@runlens/protocol/control';
import { defaultEnvironment, unknownVersion } from '@runlens/protocol/telemetry';
import { cleanText } from '../ingest/clean-text.ts';
import { sensorLimits } from './limits.ts';
import type { Switches } from './switches.ts';

type Outcome = Acknowledgement['outcome'] | 'pending';
export interface Answer {
  readonly sensor: ConnectedSensor;
  readonly outcome: Outcome;
  readonly reason?: string;
}

interface Connection {
  readonly commands: readonly string[];
  readonly about: Omit<ConnectedSensor, 'state'>;
  readonly response: ServerResponse;
  state: SensorState;
  /** By the id of the command. */
  readonly waiting: Map<string, (answer: Acknowledgement | undefined) => void>;
}

/** Who wants to know of sensors beside their switch. */
export interface SensorListener {
  connected(sensor: ListedSensor): void;
  gone(sensor: ListedSensor): void;
  reported(sensor: ListedSensor, report: SensorReport): void;
}

/** A connected sensor, by the name of its connection. */
export interface ListedSensor {
  readonly connection: string;
  readonly about: Omit<ConnectedSensor, 'state'>;
  /** Kinds of commands that it knows. */
  readonly commands: readonly string[];
}

export class SensorRegistry {
  readonly #connections = new Map<string, Connection>();
  readonly #switches: Switches;
  readonly #now: () => number;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #listeners: SensorListener[] = [];

  constructor(options: { readonly switches: Switches; readonly now: () => number }) {
    this.#switches = options.switches;
    this.#now = options.now;
    this.#heartbeat = setInterval(() => this.#beat(), controlLimits.heartbeatMilliseconds);
    this.#heartbeat.unref();
  }

  get size(): number {
    return this.#connections.size;
  }

  listen(listener: SensorListener): void {
    this.#listeners.push(listener);
  }

  connected(): readonly ListedSensor[] {
    return [...this.#connections].map(([connection, { about, commands }]) => ({ connection, about, commands }));
  }

  /** Undefined: there is no such connection. */
  find(connection: string): ListedSensor | undefined {
    const found = this.#connections.get(connection);
    return found && { connection, about: found.about, commands: found.commands };
  }

  /** Undefined: no answer in time, or no such connection. */
  async command(connection: string, command: ControlCommand): Promise<Acknowledgement | undefined> {
    const found = this.#connections.get(connection);
    return found && this.#command(found, command);
  }

  get switches(): readonly SensorSwitch[] {
    return this.#switches.all;
  }

  /** By service, environment and instance. */
  list(): readonly ConnectedSensor[] {
    const key = ({ service, environment, instance }: ConnectedSensor) => `${service}\n${environment}\n${instance}`;
    return [...this.#connections.values()].map(asTold).sort((one, other) => (key(one) < key(other) ? -1 : 1));
  }

  /** Takes over the answer as its stream of commands. False: there are too many. */
  add(hello: SensorHello, response: ServerResponse): boolean {
    if (this.#connections.size >= sensorLimits.connections) return false;
    const id = randomUUID();
    const connection: Connection = {
      commands: hello.commands,
      about: {
        service: cleanText(hello.service),
        environment: cleanText(hello.environment ?? defaultEnvironment),
        version: cleanText(hello.serviceVersion ?? unknownVersion),
        instance: cleanText(hello.instance),
        pid: hello.pid,
        node: cleanText(hello.node),
        sensor: cleanText(hello.sensor),
        connectedSince: new Date(this.#now()).toISOString(),
      },
      response,
      state: cleanState(hello.state),
      waiting: new Map(),
    };
    this.#connections.set(id, connection);
    const listed: ListedSensor = { connection: id, about: connection.about, commands: connection.commands };
    response.on('close', () => {
      for (const done of [...connection.waiting.values()]) done(undefined);
      if (this.#connections.delete(id)) for (const listener of this.#listeners) listener.gone(listed);
    });
    this.#write(connection, { kind: 'welcome', connection: id });
    // What was switched while it was away, either way.
    const on = this.#switches.isOn(connection.about);
    if (on === hello.state.offBy.includes('collector')) {
      void this.#command(connection, { kind: 'switch', id: randomUUID(), on });
    }
    for (const listener of this.#listeners) listener.connected(listed);
    return true;
  }

  /** False: no such connection is open, so that the sensor has to connect anew. */
  report(report: SensorReport): boolean {
    const { connection: id, state, acknowledgements } = report;
    const connection = this.#connections.get(id);
    if (!connection) return false;
    connection.state = cleanState(state);
    for (const acknowledgement of acknowledgements) connection.waiting.get(acknowledgement.id)?.(acknowledgement);
    const { about, commands } = connection;
    for (const listener of this.#listeners) listener.reported({ connection: id, about, commands }, report);
    return true;
  }

  /** Remembers it and tells all sensors that it is for. Resolves when they have answered, or the time is over. */
  async switch(wanted: SensorSwitch): Promise<readonly Answer[]> {
    this.#switches.set(wanted);
    const concerned = [...this.#connections.values()].filter(
      ({ about: { service, environment, instance } }) =>
        service === wanted.service &&
        (wanted.environment === undefined || environment === wanted.environment) &&
        (wanted.instance === undefined || instance === wanted.instance),
    );
    return Promise.all(
      concerned.map(async (connection) => {
        const answer = await this.#command(connection, { kind: 'switch', id: randomUUID(), on: wanted.on });
        const { outcome, reason } = answer ?? { outcome: 'pending' as const, reason: undefined };
        return {
          sensor: asTold(connection),
          outcome,
          ...(reason === undefined ? {} : { reason: cleanText(reason) }),
        };
      }),
    );
  }

  close(): void {
    clearInterval(this.#heartbeat);
    for (const { response } of this.#connections.values()) response.end();
    this.#connections.clear();
  }

  /** Undefined: no answer in time, or none will come as it is gone. */
  #command(connection: Connection, command: ControlCommand): Promise<Acknowledgement | undefined> {
    return new Promise((resolve) => {
      const done = (answer: Acknowledgement | undefined): void => {
        clearTimeout(timer);
        connection.waiting.delete(command.id);
        resolve(answer);
      };
      const timer = setTimeout(done, sensorLimits.answerMilliseconds, undefined);
      connection.waiting.set(command.id, done);
      this.#write(connection, command);
    });
  }

  #beat(): void {
    for (const connection of this.#connections.values()) this.#write(connection, { kind: 'heartbeat' });
  }

  #write({ response }: Connection, message: ControlMessage): void {
    if (response.writableLength > sensorLimits.bytesWaiting) response.destroy();
    else response.write(`${JSON.stringify(message)}\n`);
  }
}

const asTold = ({ about, state }: Connection): ConnectedSensor => ({ ...about, state });

const cleanState = (state: SensorState): SensorState => ({ ...state, filesOff: state.filesOff.map(cleanText) });
