import { setTimeout as delay } from 'node:timers/promises';
import { neutralise } from '@runlens/agent';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type BlockRequest, type BlockResult, blockFiles, writeBlock } from '../agents-block/write-block.ts';
import { collectorClient } from '../collector-client.ts';
import { seconds } from '../duration.ts';
import { exitCodes } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import { locateCollector } from '../home.ts';
import { repositoryRoot } from '../repository-path.ts';
import { addJson, examples } from '../scope-options.ts';
import { printJson, type Session } from '../session.ts';

interface Options {
  readonly file: readonly string[];
  readonly service?: string;
  readonly environment?: string;
  readonly since: number;
  readonly commit: boolean;
  readonly branch?: string;
  readonly check?: string;
  readonly watch: boolean;
  readonly every: number;
  readonly json?: boolean;
}

const usualFiles: readonly string[] = ['AGENTS.md'];
const leastEverySeconds = 60;

function fileOf(value: string, before: readonly string[]): readonly string[] {
  if (!(blockFiles as readonly string[]).includes(value)) {
    throw new InvalidArgumentError(`Give one of ${blockFiles.join(', ')}`);
  }
  return before === usualFiles ? [value] : [...new Set([...before, value])];
}

export function agentsBlockCommand(session: Session): Command {
  const command = new Command('agents-block')
    .description('keeps in AGENTS.md what every agent must know of production now, between marks')
    .option(
      '--file <name>',
      `one of ${blockFiles.join(', ')}; can be given several times (default: AGENTS.md)`,
      fileOf,
      usualFiles,
    )
    .option('--service <name>', 'only this service')
    .option('--environment <name>', 'only this environment')
    .option('--since <length>', 'how far back the numbers go: 15m, 1h, 24h', seconds, 3_600)
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
    .option('--watch', 'go on, and write when what matters has changed', false)
    .option('--every <time>', 'with --watch: look, and write, at most so often', seconds, 900);
  return addJson(command)
    .addHelpText(
      'after',
      examples(
        'runlens agents-block',
        'runlens agents-block --file CLAUDE.md --branch production-facts --check "npm test" --watch --every 1h',
      ),
    )
    .action(async (options: Options) => {
      if (options.watch && options.every < leastEverySeconds) {
        throw new CliFailure(
          exitCodes.usage,
          `--every is at least ${leastEverySeconds}s: agents read these files at each turn.`,
        );
      }
      await keep(options, session);
    });
}

async function keep(options: Options, session: Session): Promise<void> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  if (options.watch) for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  try {
    for (;;) {
      try {
        print(await once(options, session, stop.signal), options.json ?? false, session);
      } catch (error) {
        // A collector that is away for a while is no reason to end.
        if (!options.watch || stop.signal.aborted || !(error instanceof CliFailure)) throw error;
        session.stderr.write(`runlens agents-block: ${error.message}\n`);
      }
      if (!options.watch) return;
      session.exitCode = exitCodes.ok;
      await delay(options.every * 1_000, undefined, { signal: stop.signal }).catch(() => undefined);
      if (stop.signal.aborted) return;
    }
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end);
  }
}

async function once(options: Options, session: Session, signal: AbortSignal): Promise<BlockResult> {
  const { file, service, environment, since, commit, branch, check } = options;
  const to: BlockRequest['to'] =
    branch !== undefined ? { kind: 'branch', name: branch } : commit ? { kind: 'commit' } : { kind: 'files' };
  return await writeBlock(collectorClient(locateCollector(session.env)), {
    ...{ root: repositoryRoot(session), files: file, service, environment, length: since * 1_000 },
    ...{ to, check, processEnvironment: { ...session.env }, now: session.now, signal },
  });
}

function print(result: BlockResult, json: boolean, session: Session): void {
  const { outcomes, commit } = result;
  if (json) printJson(session.stdout, result);
  else {
    for (const { file, kind, why } of outcomes) session.stdout.write(`${file}: ${kind}: ${neutralise(why, 1_500)}\n`);
    if (commit !== undefined) session.stdout.write(`commit ${commit.slice(0, 12)}\n`);
  }
  if (outcomes.some(({ kind }) => kind === 'refused' || kind === 'edited')) session.exitCode = exitCodes.failure;
}
