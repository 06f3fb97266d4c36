import { randomUUID } from 'node:crypto';
import { type AgentTool, forget, recall, remember } from '@runlens/agent';
import { memoryKinds } from '@runlens/agent/memory/memory';
import { Command, Option } from 'commander';
import { memorySource } from '../memory/memory-source.ts';
import { parseTarget, repositoryPath } from '../repository-path.ts';
import { addJson, examples, wholeNumber } from '../scope-options.ts';
import type { Session } from '../session.ts';
import { printToolAnswer } from '../tool-answer.ts';

interface ListOptions {
  readonly file?: string[];
  readonly words?: string;
  readonly service?: string;
  readonly agent: string;
  readonly limit: number;
  readonly json?: boolean;
}

interface AddOptions {
  readonly kind: (typeof memoryKinds)[number];
  readonly reason: string;
  readonly function: string[];
  readonly service: string[];
  readonly event: string[];
  readonly open: string[];
  readonly replaces?: string;
  readonly agent: string;
  readonly json?: boolean;
}

const several = (value: string, before: string[] = []): string[] => [...before, value];
const asWhom = 'command line';

export function memoryCommand(session: Session): Command {
  const ask = async (tool: AgentTool, input: object, agent: string, json = false): Promise<void> => {
    using memories = memorySource(session);
    const memory = memories.of({ agent, session: `cli-${randomUUID()}` });
    await printToolAnswer(tool, { ...input, maxTokens: 8_000 }, json, session, { memory });
  };
  const target = (text: string): object => {
    const { file, function: name } = parseTarget(text, session.cwd);
    return { file: repositoryPath(file, session), function: name };
  };

  const list = addJson(
    new Command('list').description('what is remembered, the nearest first, and what of it is stale'),
  )
    .option('--file <path...>', 'near these files; default: those that changed in the working copy')
    .option('--words <text>', 'what holds these words')
    .option('--service <name>', 'what is about this service')
    .option('--agent <name>', 'as this agent: its own open tasks are told', asWhom)
    .option('--limit <n>', 'how many memories', wholeNumber(1, 50), 20)
    .action(async ({ file = [], words, service, agent, limit, json }: ListOptions) => {
      const files = file.map((each) => repositoryPath(each, session));
      await ask(recall, { files, words, service, limit }, agent, json);
    });
  const show = addJson(new Command('show').description('one memory, and what has changed since'))
    .argument('<id>', 'its id, such as m-0123456789')
    .action(async (id: string, { json }: { json?: boolean }) => await ask(recall, { id }, asWhom, json));
  const add = addJson(new Command('add').description('writes a memory into .runlens/memory'))
    .argument('<title>', 'what was decided or found, in a sentence')
    .requiredOption('--reason <text>', 'why: what was tried, what was given up')
    .addOption(new Option('--kind <kind>', 'what it is').choices(memoryKinds).default('decision'))
    .option('--function <file:function>', 'what it is about; can be given several times', several, [])
    .option('--service <name>', 'a service that it is about; can be given several times', several, [])
    .option('--event <id>', 'an event that it is about; can be given several times', several, [])
    .option('--open <text>', 'what is left to do; can be given several times', several, [])
    .option('--replaces <id>', 'a memory that it stands for from now on')
    .option('--agent <name>', 'who remembers', asWhom)
    .action(async (title: string, { agent, json, reason, service, event, ...options }: AddOptions) => {
      const functions = options.function.map(target);
      const { kind, open, replaces } = options;
      const input = { kind, title, text: reason, functions, services: service, events: event, open, replaces };
      await ask(remember, input, agent, json);
    });
  const remove = addJson(new Command('forget').description('takes a memory out; git keeps what was committed'))
    .argument('<id>', 'its id, such as m-0123456789')
    .action(async (id: string, { json }: { json?: boolean }) => await ask(forget, { id }, asWhom, json));

  const command = new Command('memory')
    .description('what agents and people remember of this repository between sessions')
    .addHelpText(
      'after',
      examples(
        'runlens memory list --file pricing/price.ts',
        'runlens memory add "Prices are rounded once" --reason "Twice loses cents" --function pricing/price.ts:priceCart',
      ),
    );
  for (const each of [list, show, add, remove]) command.addCommand(each);
  return command;
}
