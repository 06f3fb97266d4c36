import { relative, resolve } from 'node:path';
import { neutralise } from '@runlens/agent';
import { Command, Option } from 'commander';
import type { ChangeTarget } from '../agents-block/make-changes.ts';
import { collectorClient } from '../collector-client.ts';
import { exitCodes } from '../exit-codes.ts';
import { locateCollector } from '../home.ts';
import { repositoryRoot } from '../repository-path.ts';
import { addJson, examples } from '../scope-options.ts';
import { printJson, type Session } from '../session.ts';
import {
  type CheckedStatement,
  checkDocuments,
  type DocumentsRequest,
  updateDocuments,
} from '../statements/check-documents.ts';

interface UpdateOptions {
  readonly commit: boolean;
  readonly branch?: string;
  readonly check?: string;
  readonly json?: boolean;
}

export function docsCommand(session: Session): Command {
  const check = addJson(
    new Command('check').description('which marked statements hold, and which do not any more; code 1: some do not'),
  )
    .argument('[path...]', 'only these files, or what is below these folders')
    .action(async (paths: readonly string[], { json = false }: { json?: boolean }) => {
      const statements = await checkDocuments(requestOf(paths, session));
      if (json) printJson(session.stdout, { statements });
      else tell(statements, session);
      if (statements.some(isWrong)) session.exitCode = exitCodes.failure;
    });
  const update = addJson(new Command('update').description('writes what holds now in the place of what does not'))
    .argument('[path...]', 'only these files, or what is below these folders')
    .addOption(new Option('--commit', 'commit the files, and only them, once they are valid').default(false))
    .addOption(
      new Option('--branch <name>', 'commit on this branch, and leave the files on disk as they are').conflicts(
        'commit',
      ),
    )
    .option(
      '--check <command>',
      "the repository's own check, which has to pass before a commit; default: npm run check, where there is one",
    )
    .action(async (paths: readonly string[], { commit, branch, check: own, json = false }: UpdateOptions) => {
      const to: ChangeTarget =
        branch !== undefined ? { kind: 'branch', name: branch } : { kind: commit ? 'commit' : 'files' };
      const result = await updateDocuments(requestOf(paths, session), to, own);
      if (json) printJson(session.stdout, result);
      else {
        tell(result.statements, session);
        const { changed, commit: id, refused } = result;
        if (refused !== undefined) session.stdout.write(`nothing was written: ${neutralise(refused, 1_000)}\n`);
        else if (changed.length > 0) session.stdout.write(`written: ${changed.join(', ')}\n`);
        if (id !== undefined) session.stdout.write(`commit ${id.slice(0, 12)}\n`);
      }
      const left = result.statements.filter(
        (each) => isWrong(each) && !(each.standing.kind === 'stale' && each.standing.value !== undefined),
      );
      if (result.refused !== undefined || left.length > 0) session.exitCode = exitCodes.failure;
    });
  const command = new Command('docs')
    .description('statements about production in documents and doc comments: whether they still hold')
    .addHelpText('after', examples('runlens docs check', 'runlens docs update docs --commit --check "npm test"'));
  for (const each of [check, update]) command.addCommand(each);
  return command;
}

function requestOf(paths: readonly string[], session: Session): DocumentsRequest {
  const root = repositoryRoot(session);
  return {
    ...{ root, environment: { ...session.env }, now: session.now() },
    only: paths.map((path) => relative(root, resolve(session.cwd, path)) || '.'),
    facts: collectorClient(locateCollector(session.env)),
  };
}

/** What nobody measures is not wrong by that. */
const isWrong = ({ standing: { kind } }: CheckedStatement): boolean => kind !== 'holds' && kind !== 'nothingMeasured';

const words: Readonly<Record<CheckedStatement['standing']['kind'], string>> = {
  holds: 'holds',
  stale: 'stale',
  unknownFunction: 'unknown function',
  ambiguous: 'ambiguous',
  nothingMeasured: 'nothing measured',
  unreadable: 'cannot be read',
  malformed: 'cannot be read',
};

function tell(statements: readonly CheckedStatement[], { stdout }: Session): void {
  if (statements.length === 0) {
    stdout.write('No document carries a marked statement: docs/statements.md of Runlens tells how to write one.\n');
    return;
  }
  for (const { path, line, statement, standing } of statements) {
    const what = statement === undefined ? '' : ` ${statement.metric} of ${statement.function ?? statement.file}`;
    const value = statement === undefined ? '' : `: ${statement.value}`;
    const more = 'why' in standing ? `: ${standing.why}` : standing.kind === 'stale' ? `, now ${standing.now}` : '';
    stdout.write(`${neutralise(`${path}:${line}:${what}${value}: ${words[standing.kind]}${more}`, 1_000)}\n`);
  }
  const wrong = statements.filter(isWrong).length;
  stdout.write(`${statements.length} ${statements.length === 1 ? 'statement' : 'statements'}, ${wrong} to look at\n`);
}
