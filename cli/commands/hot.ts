import { hotFunctions } from '@runlens/agent';
import { type HotOrder, hotOrders } from '@runlens/protocol';
import { Command, Option } from 'commander';
import { addJson, addScope, examples, type ScopeOptions, wholeNumber } from '../scope-options.ts';
import type { Session } from '../session.ts';
import { printToolAnswer } from '../tool-answer.ts';

interface Options extends ScopeOptions {
  readonly by: HotOrder;
  readonly under?: string;
  readonly limit: number;
  readonly json?: boolean;
}

export function hotCommand(session: Session): Command {
  const command = new Command('hot')
    .description('the functions that cost most in production')
    .addOption(new Option('--by <order>', 'what to rank by').choices(hotOrders).default('time'))
    .option('--under <folder>', "only files under this folder, relative to the repository's root");
  return addJson(addScope(command))
    .option('--limit <n>', 'how many functions', wholeNumber(1, 1_000), 20)
    .addHelpText('after', examples('runlens hot', 'runlens hot --by errors --service shop --since 24h --limit 5'))
    .action(async ({ json = false, ...input }: Options) => {
      await printToolAnswer(hotFunctions, input, json, session);
    });
}
