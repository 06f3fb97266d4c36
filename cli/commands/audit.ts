import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { homeFiles } from '@runlens/protocol';
import { Command } from 'commander';
import { exitCodes } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import { homeFolder } from '../home.ts';
import { addJson, examples } from '../scope-options.ts';
import { printJson, type Session } from '../session.ts';

/** The collector's log, and that of what was done on its machine without it (tokens). */
const logs = ['', 'local'] as const;

export function auditCommand(session: Session): Command {
  const command = new Command('audit').description('the log of who placed, read, changed and was refused what');
  const verify = new Command('verify').description('follows the chain of the log from its first record to its last');
  addJson(verify)
    .addHelpText(
      'after',
      `${examples('runlens audit verify')}\n\nEnds with 1 where a record was changed, removed or put in.`,
    )
    .action(async ({ json = false }: { json?: boolean }) => {
      const { verifyAudit } = await import('@runlens/collector/audit/audit-log');
      const folder = join(homeFolder(session.env), homeFiles.audit);
      const verdicts = logs
        .map((name) => ({ log: join(folder, name), name }))
        .filter(({ log }) => existsSync(log))
        .map(({ log, name }) => ({ log: name === '' ? 'collector' : name, ...verifyAudit(log) }));
      if (verdicts.length === 0) throw new CliFailure(exitCodes.nothingFound, `There is no audit log in ${folder}.`);
      if (json) printJson(session.stdout, { logs: verdicts });
      else {
        for (const verdict of verdicts) {
          session.stdout.write(
            verdict.ok
              ? `${verdict.log}: ${verdict.records} records, none changed, none missing\n`
              : `${verdict.log}: broken at line ${verdict.line}, after ${verdict.records} good records: ${verdict.problem}\n`,
          );
        }
      }
      if (verdicts.some(({ ok }) => !ok)) session.exitCode = exitCodes.failure;
    });
  command.addCommand(verify);
  return command;
}
