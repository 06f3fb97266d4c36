import { serviceEntries } from '@runlens/agent';
import { Command } from 'commander';
import { addJson, addScope, examples, type ScopeOptions, wholeNumber } from '../scope-options.ts';
import type { Session } from '../session.ts';
import { printToolAnswer } from '../tool-answer.ts';

interface Options extends ScopeOptions {
  readonly limit: number;
  readonly json?: boolean;
}

export function entriesCommand(session: Session): Command {
  const command = new Command('entries').description('the routes of services, and how long their requests take');
  return addJson(addScope(command))
    .option('--limit <n>', 'how many routes', wholeNumber(1, 2_000), 20)
    .addHelpText('after', examples('runlens entries', 'runlens entries --service shop --since 24h --limit 5'))
    .action(async ({ json = false, ...input }: Options) => {
      await printToolAnswer(serviceEntries, input, json, session);
    });
}
