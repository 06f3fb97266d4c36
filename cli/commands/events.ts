import { events } from '@runlens/agent';
import { type EventKind, type EventSeverity, eventKinds, eventSeverities, eventStates } from '@runlens/protocol';
import { Command, Option } from 'commander';
import { addJson, examples, wholeNumber } from '../scope-options.ts';
import type { Session } from '../session.ts';
import { printToolAnswer } from '../tool-answer.ts';

interface Options {
  readonly service?: string;
  readonly environment?: string;
  readonly kind?: EventKind;
  readonly severity?: EventSeverity;
  readonly state: string;
  readonly since?: string;
  readonly limit: number;
  readonly json?: boolean;
}

export function eventsCommand(session: Session): Command {
  const command = new Command('events')
    .description('what happens in production: alerts, deployments, what was noticed')
    .option('--service <name>', 'only this service')
    .option('--environment <name>', 'only this environment')
    .addOption(
      new Option('--state <state>', 'only those of this state').choices([...eventStates, 'all']).default('all'),
    )
    .addOption(new Option('--kind <kind>', 'only events of this kind').choices(eventKinds))
    .addOption(new Option('--severity <severity>', 'of this severity or a worse one').choices(eventSeverities))
    .option('--since <when>', 'those that are over: from when on (1h, 24h, 7d, or an instant); default: 24h');
  addJson(command)
    .option('--limit <n>', 'how many events', wholeNumber(1, 200), 20)
    .addHelpText(
      'after',
      examples(
        'runlens events',
        'runlens events --state firing --severity warning --service shop --json',
        'runlens events show e-0123456789ab',
      ),
    )
    .action(async ({ json = false, ...input }: Options) => {
      await printToolAnswer(events, input, json, session);
    });
  const show = addJson(new Command('show'))
    .description('one event: what it concerns, how that was found, what its sender sent')
    .argument('<id>', 'as `runlens events` tells it')
    .action(async (id: string, _: unknown, own: Command) => {
      const { json = false } = own.optsWithGlobals<{ readonly json?: boolean }>();
      await printToolAnswer(events, { id }, json, session);
    });
  command.addCommand(show);
  return command;
}
