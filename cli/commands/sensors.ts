import { neutralise } from '@runlens/agent';
import { type ConnectedSensor, type SwitchResponse, sensorStateSentence } from '@runlens/protocol';
import { Command } from 'commander';
import { collectorClient } from '../collector-client.ts';
import { exitCodes } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import { locateCollector } from '../home.ts';
import { addJson, examples } from '../scope-options.ts';
import { printJson, type Session } from '../session.ts';

interface SwitchOptions {
  readonly environment?: string;
  readonly instance?: string;
  readonly json?: boolean;
}

export function sensorsCommand(session: Session): Command {
  const command = new Command('sensors')
    .description('sensors that are connected to the collector: what they do and cost; switches them off and on')
    .enablePositionalOptions();
  addJson(command)
    .addHelpText('after', examples('runlens sensors', 'runlens sensors off shop', 'runlens sensors on shop --json'))
    .action(async ({ json = false }: { readonly json?: boolean }) => list(json, session));
  for (const on of [false, true]) {
    const word = on ? 'on' : 'off';
    const one = new Command(word)
      .description(
        on
          ? 'lets the sensors of a service measure again'
          : 'stops the sensors of a service from measuring, also those that connect later, until they are switched on',
      )
      .argument('<service>', 'the service')
      .option('--environment <name>', 'only in this environment')
      .option('--instance <id>', 'only this instance');
    addJson(one)
      .addHelpText(
        'after',
        examples(`runlens sensors ${word} shop`, `runlens sensors ${word} shop --environment staging`),
      )
      .action(async (service: string, options: SwitchOptions) => change(service, on, options, session));
    command.addCommand(one);
  }
  return command;
}

async function list(json: boolean, session: Session): Promise<void> {
  const response = await collectorClient(locateCollector(session.env)).sensors();
  if (json) {
    printJson(session.stdout, response);
    return;
  }
  const off = response.switches.map(
    ({ service, environment, instance, on, at }) =>
      `switched ${on ? 'on' : 'off'} since ${at}: ${nameOf({ service, environment, instance })}`,
  );
  if (response.sensors.length + off.length === 0) {
    throw new CliFailure(
      exitCodes.nothingFound,
      'No sensor is connected to this collector: start a service with "runlens run", or wait for its first export.',
    );
  }
  const lines = response.sensors.map((sensor) => `${describe(sensor)}: ${sensorStateSentence(sensor.state)}`);
  session.stdout.write(`${[...lines, ...off].map((line) => neutralise(line, 2_000)).join('\n')}\n`);
}

async function change(service: string, on: boolean, options: SwitchOptions, session: Session): Promise<void> {
  const { environment, instance, json = false } = options;
  const client = collectorClient(locateCollector(session.env));
  const response = await client.switchSensors({
    service,
    ...(environment === undefined ? {} : { environment }),
    ...(instance === undefined ? {} : { instance }),
    on,
  });
  if (json) printJson(session.stdout, response);
  else
    session.stdout.write(
      `${linesOf(response)
        .map((line) => neutralise(line, 2_000))
        .join('\n')}\n`,
    );
  if (response.sensors.some(({ outcome }) => outcome !== 'done')) session.exitCode = exitCodes.failure;
}

function linesOf({ switch: wanted, sensors }: SwitchResponse): readonly string[] {
  const word = wanted.on ? 'on' : 'off';
  if (sensors.length === 0) {
    return [
      `No sensor of ${nameOf(wanted)} is connected; those that connect later ${wanted.on ? 'measure' : 'do not measure'}.`,
    ];
  }
  return sensors.map((sensor) => {
    const { outcome, reason } = sensor;
    const told = {
      done: `is ${word}`,
      pending: `has not answered yet; "runlens sensors" tells when it has`,
      refused: `is not ${word}${reason === undefined ? '' : `: ${reason}`}`,
      unsupported: 'is too old to be switched: start it again with a sensor of this version',
    };
    return `${describe(sensor)}: ${told[outcome]}`;
  });
}

const describe = ({ service, environment, version, instance, pid, node, sensor }: ConnectedSensor): string =>
  `${service} (${environment}, ${version}) instance ${instance}, pid ${pid}, Node ${node}, sensor ${sensor}`;

const nameOf = ({
  service,
  environment,
  instance,
}: {
  readonly service: string;
  readonly environment?: string | undefined;
  readonly instance?: string | undefined;
}): string =>
  [
    service,
    ...(environment === undefined ? [] : [`in ${environment}`]),
    ...(instance === undefined ? [] : [`instance ${instance}`]),
  ].join(', ');
