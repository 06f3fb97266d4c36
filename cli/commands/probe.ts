import { neutralise, probeLine } from '@runlens/agent';
import {
  disarmedSchema,
  type ProbeKind,
  type ProbeStatus,
  placedProbeSchema,
  previewSchema,
  probeKinds,
  probesResponseSchema,
} from '@runlens/protocol';
import { previewLines } from '@runlens/protocol/probes/preview-lines';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type CollectorClient, collectorClient } from '../collector-client.ts';
import { seconds } from '../duration.ts';
import { exitCodes } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import { locateCollector } from '../home.ts';
import { type PlaceOfProbe, placeOf } from '../probe-place.ts';
import { addJson, examples, wholeNumber } from '../scope-options.ts';
import { printJson, type Session } from '../session.ts';

interface PlaceOptions {
  readonly service?: string;
  readonly environment?: string;
  readonly version?: string;
  readonly instance?: readonly string[];
  readonly mostInstances?: number;
  readonly if?: string;
  readonly watch?: readonly string[];
  readonly message?: string;
  readonly level?: string;
  readonly toServiceLog?: boolean;
  readonly by?: string;
  readonly until?: number;
  readonly entry?: boolean;
  readonly exit?: boolean;
  readonly depth?: number;
  readonly hits?: number;
  readonly rate?: number;
  readonly expires?: number;
  readonly reason?: string;
  readonly anyVersion?: boolean;
  readonly json?: boolean;
}

const descriptions: Readonly<Record<ProbeKind, string>> = {
  snapshot: 'captures locals, arguments, this and the stack where a line is reached',
  log: 'adds a line to the log of a running service, with {expressions} in it',
  counter: 'counts how often a line is reached, by a value if asked',
  timer: 'measures a function, or from one line to another',
};

export function probeCommand(session: Session): Command {
  const command = new Command('probe')
    .description('snapshots, log lines, counters and timers in a running service, without a restart; read-only')
    .enablePositionalOptions();
  for (const kind of probeKinds) command.addCommand(placeCommand(kind, session));
  command.addCommand(previewCommand(session));
  command.addCommand(listCommand(session));
  command.addCommand(
    oneCommand('show', 'how one probe stands', session, (client, id) =>
      client.request({ method: 'GET', path: pathOf(id) }, placedProbeSchema),
    ),
  );
  command.addCommand(
    oneCommand('rm', 'removes a probe; one that has ended is forgotten with its captures', session, (client, id) =>
      client.request({ method: 'DELETE', path: pathOf(id) }, placedProbeSchema),
    ).alias('remove'),
  );
  for (const [name, paused] of [
    ['pause', true],
    ['resume', false],
  ] as const) {
    command.addCommand(
      oneCommand(
        name,
        paused ? 'lets a probe rest; it keeps its place' : 'goes on with a probe that rests',
        session,
        (client, id) =>
          client.request({ method: 'POST', path: `${pathOf(id)}/change`, body: { paused } }, placedProbeSchema),
      ),
    );
  }
  command.addCommand(renewCommand(session));
  command.addCommand(approveCommand(session));
  command.addCommand(disarmCommand(session));
  return command;
}

/** What of a place all kinds have. */
function withPlace(command: Command): Command {
  return command
    .argument('<file:line>', 'a line of the working tree; what runs must have been built of the same text')
    .option('--service <name>', 'the service; without it the one that is connected, if there is one')
    .option('--environment <name>', 'only in this environment')
    .option('--version <version>', 'only in this version')
    .option('--instance <id...>', 'only in these instances')
    .option('--most-instances <n>', 'in so many of them at most', wholeNumber(1, 10_000))
    .option('--if <expression>', 'only where this is true, such as "response.status === 500"')
    .addOption(new Option('--entry', 'at the entry of the function around the line').conflicts('exit'))
    .option('--exit', 'at the exit of the function around the line, with what it returns or throws')
    .option('--any-version', 'the line is of the deployed text, whatever the working tree has');
}

function placeCommand(kind: ProbeKind, session: Session): Command {
  const command = withPlace(new Command(kind).description(descriptions[kind]))
    .option('--expires <time>', 'how long: 90s, 15m, 1h, at most 1d; default 1h', seconds)
    .option('--reason <text>', 'why: shown to others, and kept in the audit log');
  if (kind === 'snapshot') {
    command
      .option('--watch <expression...>', 'values to read beside the locals')
      .option('--depth <n>', 'levels of objects', wholeNumber(0, 6));
  }
  if (kind === 'log') {
    command
      .requiredOption('--message <text>', 'the line, such as "order {order.id} took {ms}"')
      .addOption(new Option('--level <level>', 'its level').choices(['debug', 'info', 'warn', 'error']))
      .option('--to-service-log', 'also into the service’s own log');
  }
  if (kind === 'counter' || kind === 'timer') command.option('--by <expression>', 'told apart by this value');
  if (kind === 'timer')
    command.option('--until <line>', 'to this line; without it the whole function', wholeNumber(1, 99_999_999));
  if (kind === 'snapshot' || kind === 'log') {
    command
      .option('--hits <n>', 'ends after so many', wholeNumber(1, 1_000_000))
      .option('--rate <n>', 'at most so many a second in one instance', positive);
  }
  return addJson(command)
    .addHelpText('after', examples(...examplesOf[kind]))
    .action(async (target: string, options: PlaceOptions) => {
      const client = collectorClient(locateCollector(session.env));
      const place = placeOf(target, options.anyVersion ?? false, session);
      const service = options.service ?? (await onlyService(client));
      const placed = await client.request(
        { method: 'POST', path: '/api/v1/probes', body: requestOf(kind, place, service, options) },
        placedProbeSchema,
      );
      print(await answered(client, placed), options.json ?? false, session);
      if (!options.json && (kind === 'snapshot' || kind === 'log')) {
        session.stdout.write(`runlens captures ${placed.probe.id} --follow\n`);
      }
    });
}

function previewCommand(session: Session): Command {
  const command = withPlace(
    new Command('preview').description('what a snapshot would capture: names, types and sizes, and no value'),
  )
    .option('--watch <expression...>', 'values to read beside the locals')
    .option('--depth <n>', 'levels of objects', wholeNumber(0, 6))
    .option('--wait <seconds>', 'for a hit; without one only names are known', wholeNumber(0, 8), 4);
  return addJson(command)
    .addHelpText('after', examples('runlens probe preview src/pay.ts:42 --if "response.status === 500"'))
    .action(async (target: string, { wait, ...options }: PlaceOptions & { readonly wait: number }) => {
      const client = collectorClient(locateCollector(session.env));
      const place = placeOf(target, options.anyVersion ?? false, session);
      const service = options.service ?? (await onlyService(client));
      const body = requestOf('snapshot', place, service, options);
      const preview = await client.request(
        { method: 'POST', path: '/api/v1/probes/preview', params: { wait: String(wait) }, body },
        previewSchema,
      );
      if (options.json) printJson(session.stdout, preview);
      else session.stdout.write(`${previewLines(preview, (text) => neutralise(text, 300)).join('\n')}\n`);
      if (preview.from === 'nothing') session.exitCode = exitCodes.nothingFound;
    });
}

const answerMilliseconds = 2_000;
const pollMilliseconds = 100;

/** As it stands when the first instance that it was told to has answered, or after a while. */
async function answered(client: CollectorClient, placed: ProbeStatus): Promise<ProbeStatus> {
  let status = placed;
  for (
    const end = Date.now() + answerMilliseconds;
    status.state === 'waiting' && status.cause === undefined && Date.now() < end;
  ) {
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
    status = await client.request({ method: 'GET', path: pathOf(placed.probe.id) }, placedProbeSchema);
  }
  return status;
}

const examplesOf: Readonly<Record<ProbeKind, readonly string[]>> = {
  snapshot: ['runlens probe snapshot src/pay.ts:42 --if "response.status === 500" --hits 5'],
  log: ['runlens probe log src/pay.ts:42 --message "status {response.status}" --expires 15m'],
  counter: ['runlens probe counter src/pay.ts:42 --by response.status'],
  timer: ['runlens probe timer src/pay.ts:40', 'runlens probe timer src/pay.ts:40 --until 52 --by customer.tier'],
};

function requestOf(kind: ProbeKind, place: PlaceOfProbe, service: string, options: PlaceOptions): object {
  const {
    environment,
    version,
    instance,
    mostInstances,
    hits,
    rate,
    expires,
    reason,
    watch,
    message,
    level,
    by,
    depth,
  } = options;
  const at = options.exit === true ? 'exit' : options.entry === true ? 'entry' : 'line';
  return withoutAbsent({
    kind,
    place: withoutAbsent({ ...place, at, untilLine: options.until }),
    target: withoutAbsent({ service, environment, version, instances: instance, mostInstances }),
    condition: options.if,
    expressions: watch,
    message,
    level,
    toServiceLog: options.toServiceLog,
    by,
    capture: depth === undefined ? undefined : { depth },
    hits,
    rate,
    life: expires,
    reason,
  });
}

const withoutAbsent = (value: object): object =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));

async function onlyService(client: CollectorClient): Promise<string> {
  const { sensors } = await client.sensors();
  const names = [...new Set(sensors.map(({ service }) => service))];
  const [only, ...others] = names;
  if (only === undefined)
    throw new CliFailure(
      exitCodes.nothingFound,
      'No sensor is connected to this collector: start the service, or name one that will come by --service.',
    );
  if (others.length > 0)
    throw new CliFailure(
      exitCodes.usage,
      `Several services are connected (${names.slice(0, 10).join(', ')}): name one by --service.`,
    );
  return only;
}

function listCommand(session: Session): Command {
  const command = new Command('list')
    .description('all probes, also those of others')
    .option('--service <name>', 'only of this service')
    .option('--ended', 'also those that ended within the last hour');
  return addJson(command).action(
    async ({ service, ended, json = false }: { service?: string; ended?: boolean; json?: boolean }) => {
      const client = collectorClient(locateCollector(session.env));
      const params = { ...(service === undefined ? {} : { service }), ...(ended === true ? { ended: 'true' } : {}) };
      const answer = await client.request({ method: 'GET', path: '/api/v1/probes', params }, probesResponseSchema);
      if (json) printJson(session.stdout, answer);
      else if (answer.probes.length === 0) throw new CliFailure(exitCodes.nothingFound, 'There are no probes.');
      else session.stdout.write(`${answer.probes.map(probeLine).join('\n')}\n`);
    },
  );
}

function oneCommand(
  name: string,
  description: string,
  session: Session,
  act: (client: CollectorClient, id: string) => Promise<ProbeStatus>,
): Command {
  return addJson(new Command(name).description(description).argument('<id>', 'the id of a probe')).action(
    async (id: string, { json = false }: { json?: boolean }) => {
      print(await act(collectorClient(locateCollector(session.env)), id), json, session);
    },
  );
}

function renewCommand(session: Session): Command {
  const command = new Command('renew')
    .description('gives a probe more time, from now on')
    .argument('<id>', 'the id of a probe')
    .option('--expires <time>', 'how long', seconds, 3600);
  return addJson(command).action(async (id: string, { expires, json = false }: { expires: number; json?: boolean }) => {
    const client = collectorClient(locateCollector(session.env));
    const body = { life: expires };
    print(
      await client.request({ method: 'POST', path: `${pathOf(id)}/change`, body }, placedProbeSchema),
      json,
      session,
    );
  });
}

function approveCommand(session: Session): Command {
  const command = new Command('approve')
    .description('says yes to exactly the probe that an agent has asked for; without --hash it is only shown')
    .argument('<id>', 'the id of a probe')
    .option('--hash <hash>', 'its hash, as it was shown');
  return addJson(command).action(async (id: string, { hash, json = false }: { hash?: string; json?: boolean }) => {
    const client = collectorClient(locateCollector(session.env));
    if (hash === undefined) {
      const shown = await client.request({ method: 'GET', path: pathOf(id) }, placedProbeSchema);
      print(shown, json, session);
      if (!json)
        session.stdout.write(
          `${JSON.stringify(shown.probe.request, null, 2)}\nrunlens probe approve ${id} --hash ${shown.probe.hash}\n`,
        );
      return;
    }
    print(
      await client.request({ method: 'POST', path: `${pathOf(id)}/approve`, body: { hash } }, placedProbeSchema),
      json,
      session,
    );
  });
}

function disarmCommand(session: Session): Command {
  const command = new Command('disarm-all')
    .description('removes the probes of everybody, in an emergency')
    .option('--service <name>', 'only of this service')
    .option('--environment <name>', 'only of this environment');
  return addJson(command).action(
    async ({ json = false, ...params }: { service?: string; environment?: string; json?: boolean }) => {
      const client = collectorClient(locateCollector(session.env));
      const answer = await client.request({ method: 'DELETE', path: '/api/v1/probes', params }, disarmedSchema);
      if (json) printJson(session.stdout, answer);
      else {
        session.stdout.write(`${answer.removed.length} removed\n`);
        for (const { probe, instance } of answer.unconfirmed) {
          session.stdout.write(
            `${probe}: ${instance} has not confirmed; it withdraws by itself when it loses the collector\n`,
          );
        }
      }
      if (answer.unconfirmed.length > 0) session.exitCode = exitCodes.failure;
    },
  );
}

const pathOf = (id: string): string => `/api/v1/probes/${encodeURIComponent(id)}`;

function print(status: ProbeStatus, json: boolean, session: Session): void {
  if (json) printJson(session.stdout, status);
  else session.stdout.write(`${probeLine(status)}\n`);
  if (status.state === 'refused') session.exitCode = exitCodes.failure;
}

function positive(text: string): number {
  const value = /^\d{1,6}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (value <= 0) throw new InvalidArgumentError('Give a number above 0');
  return value;
}
