import { findings } from '@runlens/agent';
import {
  type FindingKind,
  findingKinds,
  findingSchema,
  findingStates,
  type SetFindingState,
  setFindingStateSchema,
} from '@runlens/protocol';
import { Argument, Command, Option } from 'commander';
import { collectorClient } from '../collector-client.ts';
import { exitCodes } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import { locateCollector } from '../home.ts';
import { addJson, examples, wholeNumber } from '../scope-options.ts';
import { printJson, type Session } from '../session.ts';
import { printToolAnswer } from '../tool-answer.ts';

interface Options {
  readonly service?: string;
  readonly environment?: string;
  readonly kind?: FindingKind;
  readonly state: string;
  readonly under?: string;
  readonly limit: number;
  readonly json?: boolean;
}

export function findingsCommand(session: Session): Command {
  const command = new Command('findings')
    .description('what deserves a fix in production, what costs most first')
    .option('--service <name>', 'only this service')
    .option('--environment <name>', 'only this environment')
    .addOption(new Option('--kind <kind>', 'only findings of this kind').choices(findingKinds))
    .addOption(
      new Option('--state <state>', 'only those of this state; open: new, accepted, in work, and back again')
        .choices([...findingStates, 'open', 'all'])
        .default('open'),
    )
    .option('--under <folder>', "only files under this folder, relative to the repository's root");
  addJson(command)
    .option('--limit <n>', 'how many findings', wholeNumber(1, 200), 20)
    .addHelpText(
      'after',
      examples(
        'runlens findings',
        'runlens findings --service shop --kind repeatedQuery --json',
        'runlens findings show f-0123456789ab',
        'runlens findings set f-0123456789ab muted --reason "a report, at night"',
      ),
    )
    .action(async ({ json = false, ...input }: Options) => {
      await printToolAnswer(findings, input, json, session);
    });
  command.addCommand(showCommand(session));
  command.addCommand(setCommand(session));
  return command;
}

function showCommand(session: Session): Command {
  return addJson(new Command('show'))
    .description('one finding with all of its evidence')
    .argument('<id>', 'as `runlens findings` tells it')
    .action(async (id: string, _: unknown, command: Command) => {
      await printToolAnswer(findings, { id }, wantsJson(command), session);
    });
}

function setCommand(session: Session): Command {
  return addJson(new Command('set'))
    .description('accepts, takes up, mutes or reopens a finding')
    .argument('<id>', 'as `runlens findings` tells it')
    .addArgument(new Argument('<state>', 'new: reopen it').choices(setFindingStateSchema.shape.state.options))
    .option('--reason <text>', 'why; needed to mute one')
    .action(
      async (
        id: string,
        state: SetFindingState['state'],
        { reason }: { readonly reason?: string },
        command: Command,
      ) => {
        const body = setFindingStateSchema.safeParse({ state, ...(reason === undefined ? {} : { reason }) });
        if (!body.success) {
          throw new CliFailure(exitCodes.usage, `--reason: ${body.error.issues[0]?.message ?? 'is not valid'}.`);
        }
        const client = collectorClient(locateCollector(session.env));
        const path = `/api/v1/findings/${encodeURIComponent(id)}/state`;
        const finding = await client.request({ method: 'POST', path, body: body.data }, findingSchema);
        if (wantsJson(command)) printJson(session.stdout, finding);
        else session.stdout.write(`${finding.id} is ${finding.state} now\n`);
      },
    );
}

/** Also where it stands before the name of the part. */
const wantsJson = (command: Command): boolean => command.optsWithGlobals<{ readonly json?: boolean }>().json === true;
