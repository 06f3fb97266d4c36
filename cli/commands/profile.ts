import { fileProfile, functionProfile } from '@runlens/agent';
import { Command } from 'commander';
import { parseTarget, repositoryPath } from '../repository-path.ts';
import { addJson, addScope, examples, type ScopeOptions, wholeNumber } from '../scope-options.ts';
import type { Session } from '../session.ts';
import { printToolAnswer } from '../tool-answer.ts';

interface Options extends ScopeOptions {
  readonly limit: number;
  readonly json?: boolean;
}

export function profileCommand(session: Session): Command {
  const command = new Command('profile')
    .description('how the functions of a file, or one of them, behave in production')
    .argument('<file[:function]>', 'the file, relative to here, and the qualified name of a function in it');
  return addJson(addScope(command))
    .option('--limit <n>', 'at most so many functions of the file', wholeNumber(1, 5_000), 500)
    .addHelpText(
      'after',
      examples(
        'runlens profile pricing/rules.ts',
        'runlens profile pricing/rules.ts:price --environment production --since 24h',
        'runlens profile "cart.ts:get Cart.total" --json',
      ),
    )
    .action(async (target: string, { json = false, limit, ...scope }: Options) => {
      const { file, function: name } = parseTarget(target, session.cwd);
      const input = { ...scope, file: repositoryPath(file, session) };
      await (name === undefined
        ? printToolAnswer(fileProfile, { ...input, limit }, json, session)
        : printToolAnswer(functionProfile, { ...input, function: name }, json, session));
    });
}
