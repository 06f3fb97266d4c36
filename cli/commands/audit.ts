import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { AuditVerdict } from '@runlens/collector/audit/verify-audit';
import { homeFiles } from '@runlens/protocol';
import { Command, InvalidArgumentError } from 'commander';
import { exitCodes } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import { homeFolder, runningCollector } from '../home.ts';
import { addJson, examples } from '../scope-options.ts';
import { printJson, type Session } from '../session.ts';

interface Head {
  readonly number: number;
  readonly hash: string;
}
interface Options {
  readonly data?: string;
  readonly head?: Head;
  readonly json?: boolean;
}
type NamedVerdict = AuditVerdict & { readonly log: string; readonly folder: string };

export function auditCommand(session: Session): Command {
  const command = new Command('audit').description('the log of who placed, read, changed and was refused what');
  const verify = new Command('verify')
    .description('follows the chain of the log from its first record to its last')
    .option(
      '--data <folder>',
      'the data folder of the collector; default: that of the collector that runs, else data in the home folder',
    )
    .option('--head <number:hash>', 'a head that was noted before: that record must still be the same', headOf);
  addJson(verify)
    .addHelpText(
      'after',
      `${examples('runlens audit verify', 'runlens audit verify --data ./production-data --json')}\n\nEnds with 1 where a record was changed, removed or put in. Whoever may write the log's folder could make all of it\nanew: note the head that is printed somewhere else, and give it with --head later.`,
    )
    .action(async ({ data, head, json = false }: Options) => {
      const { verifyAudit } = await import('@runlens/collector/audit/verify-audit');
      const { auditFolder } = await import('@runlens/collector/audit/audit-chain');
      const home = homeFolder(session.env);
      const dataFolder =
        data === undefined ? (runningCollector(home)?.data ?? join(home, homeFiles.data)) : resolve(session.cwd, data);
      const collector = join(dataFolder, auditFolder);
      if (data !== undefined && !existsSync(collector))
        throw new CliFailure(exitCodes.nothingFound, `There is no audit log in ${dataFolder}: is it a data folder?`);
      const logs = [
        { log: 'collector', folder: collector },
        { log: 'local', folder: join(home, homeFiles.audit, 'local') },
        // Where collectors wrote before the log moved to the data folder.
        { log: 'earlier', folder: join(home, homeFiles.audit) },
      ].filter(({ folder }) => existsSync(join(folder, 'audit.ndjson')));
      if (logs.length === 0) throw new CliFailure(exitCodes.nothingFound, `There is no audit log in ${collector}.`);
      const verdicts = logs.map(({ log, folder }): NamedVerdict => {
        try {
          return { log, folder, ...verifyAudit(folder, log === 'collector' ? head : undefined) };
        } catch (error) {
          throw new CliFailure(
            exitCodes.failure,
            `The audit log in ${folder} cannot be read (${error instanceof Error ? error.message : 'unknown reason'}): verify it as the user whose collector writes it.`,
          );
        }
      });
      if (json) printJson(session.stdout, { logs: verdicts });
      else session.stdout.write(verdicts.map(told).join(''));
      if (verdicts.some(({ ok }) => !ok)) session.exitCode = exitCodes.failure;
    });
  command.addCommand(verify);
  return command;
}

function told(verdict: NamedVerdict): string {
  const { log, folder, records, head, notes } = verdict;
  const finding = verdict.ok
    ? `${records} records, none changed, none missing; head ${records}:${head}`
    : `broken at line ${verdict.line} of ${folder}, after ${records} good records: ${verdict.problem}`;
  const remedy =
    !verdict.ok && log === 'earlier'
      ? '  Two collectors of one home could break this log. Look at it, and move it away once you have.\n'
      : '';
  return `${log}: ${finding}\n${notes.map((each) => `  ${each}\n`).join('')}${remedy}`;
}

function headOf(text: string): Head {
  const [, number, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (number === undefined || hash === undefined)
    throw new InvalidArgumentError('Give it as it was printed: NUMBER:HASH.');
  return { number: Number(number), hash };
}
