import { homedir } from 'node:os';
import { delimiter, isAbsolute } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { neutralise } from '@runlens/agent';
import { Command, InvalidArgumentError, Option } from 'commander';
import { createTwoFilesPatch } from 'diff';
import { exitCodes } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import { knownAgents } from '../init/agents.ts';
import { carryOut } from '../init/carry-out.ts';
import { type InitPlan, isCommand, type PlannedFile, planInit } from '../init/plan-init.ts';
import { repositoryRoot } from '../repository-path.ts';
import { addJson, examples } from '../scope-options.ts';
import { printJson, type Session } from '../session.ts';

interface Options {
  readonly agent?: readonly string[];
  readonly command: string;
  readonly remove: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly json?: boolean;
}

const ids = knownAgents.map(({ id }) => id);
const agentOf = (value: string, before: readonly string[] = []): readonly string[] => {
  if (!ids.includes(value)) throw new InvalidArgumentError(`Give one of ${ids.join(', ')}`);
  return [...new Set([...before, value])];
};

export function initCommand(session: Session): Command {
  const command = new Command('init')
    .description('tells the agents that are used here of Runlens: their hooks and their MCP servers, after your yes')
    .option(
      '--agent <id>',
      `only for ${ids.join(', ')}; can be given several times (default: those that are found)`,
      agentOf,
    )
    .option('--command <path>', 'by which they start runlens', 'runlens')
    .option('--remove', 'take out what it wrote', false)
    .option('--yes', 'do it without asking', false)
    .addOption(new Option('--dry-run', 'only show what would change').default(false).conflicts('yes'));
  return addJson(command)
    .addHelpText(
      'after',
      examples('runlens init', 'runlens init --agent claude --dry-run', 'runlens init --remove --yes'),
    )
    .action(async (options: Options) => await init(options, session));
}

async function init(options: Options, session: Session): Promise<void> {
  const { agent, command, remove: removes, yes, dryRun, json = false } = options;
  const root = repositoryRoot(session);
  const searchPath = session.env.PATH ?? '';
  const home = session.env.HOME ?? session.env.USERPROFILE ?? homedir();
  const plan = planInit({ root, home, searchPath, command, only: agent, removes });
  const changes = plan.files.filter(({ change }) => change.kind === 'write' || change.kind === 'delete');
  const refused = plan.files.filter(({ change }) => change.kind === 'refused');
  if (!json) show(plan, removes, session);
  if (!removes && !isAbsolute(command) && !isCommand(command, searchPath.split(delimiter))) {
    session.stderr.write(
      `runlens init: "${neutralise(command, 100)}" is not on your PATH: agents would not find it. Install it there, or give --command.\n`,
    );
  }
  const agreed = changes.length > 0 && !dryRun && (yes || (await asks(session, json)));
  if (agreed) carryOut(root, changes);
  if (json) printJson(session.stdout, jsonOf(plan, root, agreed));
  else if (agreed) tell(plan, removes, session);
  if (refused.length > 0 || (changes.length > 0 && !agreed && !dryRun)) session.exitCode = exitCodes.failure;
}

/** False: the answer was no, or there is nobody to ask. */
async function asks({ pipes, stdout, stderr }: Session, json: boolean): Promise<boolean> {
  if (json || !pipes || stdout.isTTY !== true || Reflect.get(pipes.input, 'isTTY') !== true) {
    stderr.write(
      'runlens init: nothing was written: there is nobody to ask here. Say --yes, or --dry-run to look only.\n',
    );
    return false;
  }
  const lines = createInterface({ input: pipes.input, output: pipes.output });
  try {
    return /^y(?:es)?$/i.test((await lines.question('Write this? (y/N) ')).trim());
  } finally {
    lines.close();
  }
}

function show({ agents, files }: InitPlan, removes: boolean, { stdout }: Session): void {
  if (agents.length === 0) {
    throw new CliFailure(
      exitCodes.nothingFound,
      `No agent was found in the repository, in the home folder or on the PATH; name one: --agent ${ids.join('|')}.`,
    );
  }
  for (const { path, readBy, change } of files) {
    const by = readBy.join(', ');
    if (change.kind === 'none') stdout.write(`${path} (${by}): as it should be\n`);
    else if (change.kind === 'refused')
      stdout.write(`${path} (${by}): left alone: ${neutralise(change.reason, 400)}\n`);
    else stdout.write(`${path} (${by}):\n${patchOf(path, change)}`);
  }
  if (files.length === 0 && removes) stdout.write('There is nothing of Runlens in the settings of agents here.\n');
}

function patchOf(path: string, change: Extract<PlannedFile['change'], { kind: 'write' | 'delete' }>): string {
  const after = change.kind === 'write' ? change.after : '';
  const patch = createTwoFilesPatch(`a/${path}`, `b/${path}`, change.before ?? '', after, '', '', { context: 2 });
  // The settings may hold anything; a terminal obeys some of it.
  return patch
    .split('\n')
    .slice(1)
    .map((line) => {
      const [indent = ''] = /^[-+ ]?[ \t]*/.exec(line) ?? [];
      return `  ${indent.replaceAll('\t', '  ')}${neutralise(line.slice(indent.length), 400)}\n`;
    })
    .join('');
}

function tell({ agents, files }: InitPlan, removes: boolean, { stdout }: Session): void {
  const written = files.filter(({ change }) => change.kind === 'write' || change.kind === 'delete');
  stdout.write(`${removes ? 'Taken out of' : 'Written'}: ${written.map(({ path }) => path).join(', ')}.\n`);
  if (removes) return;
  for (const { name, afterwards } of agents) if (afterwards !== undefined) stdout.write(`${name}: ${afterwards}.\n`);
}

function jsonOf({ agents, files }: InitPlan, root: string, done: boolean): object {
  return {
    ...{ root, done, agents: agents.map(({ id }) => id) },
    files: files.map(({ path, readBy, change }) => ({
      ...{ path, readBy, change: change.kind },
      ...(change.kind === 'refused' && { reason: change.reason }),
    })),
  };
}
