import { query } from '@runlens/agent';
import { queryTablesText } from '@runlens/protocol';
import { Command } from 'commander';
import { addJson, addScope, examples, type ScopeOptions, wholeNumber } from '../scope-options.ts';
import type { Session } from '../session.ts';
import { printToolAnswer } from '../tool-answer.ts';

interface Options extends ScopeOptions {
  readonly limit: number;
  readonly json?: boolean;
}

export function queryCommand(session: Session): Command {
  const command = new Command('query')
    .description('one SELECT over the profiles of a window, for what no other command tells')
    .argument('<sql>', 'the statement, as SQLite takes it');
  return addJson(addScope(command))
    .option('--limit <n>', 'how many rows', wholeNumber(1, 1_000), 200)
    .addHelpText(
      'after',
      `\nTables (durations in seconds, shares 0 to 1, instants in UTC):\n${queryTablesText.replace(/^/gm, '  ')}\n${examples(
        'runlens query "SELECT file, sum(total) AS seconds FROM functions GROUP BY file ORDER BY seconds DESC LIMIT 10"',
        'runlens query "SELECT function, statement, calls_per_call FROM queries WHERE calls_per_call > 5" --since 24h',
      )}`,
    )
    .action(async (sql: string, { json = false, ...input }: Options) => {
      await printToolAnswer(query, { sql, ...input }, json, session);
    });
}
