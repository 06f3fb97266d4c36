import { serviceStatus } from '@runlens/agent';
import { Command } from 'commander';
import { addJson, examples } from '../scope-options.ts';
import type { Session } from '../session.ts';
import { printToolAnswer } from '../tool-answer.ts';

interface Options {
  readonly service?: string;
  readonly environment?: string;
  readonly json?: boolean;
}

export function servicesCommand(session: Session): Command {
  const command = new Command('services')
    .description('services that report, with their environments, versions, instances and the age of their data')
    .option('--service <name>', 'only this service')
    .option('--environment <name>', 'only this environment');
  return addJson(command)
    .addHelpText('after', examples('runlens services', 'runlens services --service shop --json'))
    .action(async ({ json = false, ...input }: Options) => {
      await printToolAnswer(serviceStatus, input, json, session);
    });
}
