import { Command } from 'commander';
import { exitCodes } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import { hookEvents } from '../hook/hook-call.ts';
import { runHook } from '../hook/run-hook.ts';
import { examples } from '../scope-options.ts';
import type { Session } from '../session.ts';

export function hookCommand(session: Session): Command {
  return new Command('hook')
    .description("for the hooks of agents: adds what is new in production to an agent's turn; an agent's host runs it")
    .argument('<event>', `what the host calls it: ${hookEvents.join(', ')}, or its own name for these`)
    .addHelpText('after', examples('runlens init', "echo '{…}' | runlens hook UserPromptSubmit"))
    .action(async (event: string) => {
      const { pipes } = session;
      if (!pipes) throw new CliFailure(exitCodes.usage, 'There is no standard input to read from.');
      await runHook(event, pipes.input, session);
    });
}
