import { compareVersions } from '@runlens/agent';
import { Command } from 'commander';
import { addJson, examples, wholeNumber } from '../scope-options.ts';
import type { Session } from '../session.ts';
import { printToolAnswer } from '../tool-answer.ts';

interface Options {
  readonly service?: string;
  readonly environment?: string;
  readonly since?: string;
  readonly until?: string;
  readonly windows?: boolean;
  readonly base?: string;
  readonly head?: string;
  readonly baseSince?: string;
  readonly baseUntil?: string;
  readonly under?: string;
  readonly limit: number;
  readonly json?: boolean;
}

export function compareCommand(session: Session): Command {
  const command = new Command('compare')
    .description('two versions or two windows, function by function: what differs by more than chance')
    .argument('[older]', 'the version to compare with; without it the one before')
    .argument('[newer]', 'the version that is compared; without it the newest')
    .option('--service <name>', 'the service; needed where several report')
    .option('--environment <name>', 'the environment; without it production')
    .option('--base <version>', 'the version to compare with, as [older]')
    .option('--head <version>', 'the version that is compared, as [newer]')
    .option('--windows', 'two windows of time instead of two versions')
    .option('--since <when>', 'where the newer window begins (15m), or how much of each version is read (1h)')
    .option('--until <when>', 'where it ends; without it now')
    .option('--base-since <when>', 'where the older window begins; without it, it is as long and just before')
    .option('--base-until <when>', 'where the older window ends')
    .option('--under <folder>', "only files under this folder, relative to the repository's root");
  return addJson(command)
    .option('--limit <n>', 'how many functions', wholeNumber(1, 500), 50)
    .addHelpText(
      'after',
      examples(
        'runlens compare',
        'runlens compare --service shop --base v41 --head v42',
        'runlens compare --windows --since 1h',
      ),
    )
    .action(async (first: string | undefined, second: string | undefined, options: Options) => {
      const { json = false, windows = false, base, head, ...input } = options;
      const [older, newer] = [base ?? first, head ?? second];
      await printToolAnswer(
        compareVersions,
        {
          ...input,
          of: windows ? 'windows' : 'versions',
          ...(older !== undefined && { baseVersion: older }),
          ...(newer !== undefined && { version: newer }),
        },
        json,
        session,
      );
    });
}
