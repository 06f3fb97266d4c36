/** The `runlens` command: its commands, and how they end. */
import { Command, CommanderError } from 'commander';
import { agentsBlockCommand } from './commands/agents-block.ts';
import { auditCommand } from './commands/audit.ts';
import { capturesCommand } from './commands/captures.ts';
import { collectorCommand } from './commands/collector.ts';
import { compareCommand } from './commands/compare.ts';
import { docsCommand } from './commands/docs.ts';
import { doctorCommand } from './commands/doctor.ts';
import { entriesCommand } from './commands/entries.ts';
import { eventsCommand } from './commands/events.ts';
import { findingsCommand } from './commands/findings.ts';
import { hookCommand } from './commands/hook.ts';
import { hotCommand } from './commands/hot.ts';
import { initCommand } from './commands/init.ts';
import { mcpCommand } from './commands/mcp.ts';
import { memoryCommand } from './commands/memory.ts';
import { probeCommand } from './commands/probe.ts';
import { profileCommand } from './commands/profile.ts';
import { queryCommand } from './commands/query.ts';
import { reviewCommand } from './commands/review.ts';
import { runCommand } from './commands/run.ts';
import { sensorsCommand } from './commands/sensors.ts';
import { servicesCommand } from './commands/services.ts';
import { tokenCommand } from './commands/token.ts';
import { unusedCommand } from './commands/unused.ts';
import { exitCodes } from './exit-codes.ts';
import { CliFailure } from './failure.ts';
import { printJson, type Session } from './session.ts';
import { version } from './version.ts';

/** In the order of the help. A new command is one file in `commands/` and one line here. */
const commands = [
  collectorCommand,
  runCommand,
  servicesCommand,
  profileCommand,
  hotCommand,
  findingsCommand,
  eventsCommand,
  entriesCommand,
  unusedCommand,
  compareCommand,
  queryCommand,
  reviewCommand,
  memoryCommand,
  agentsBlockCommand,
  docsCommand,
  probeCommand,
  capturesCommand,
  mcpCommand,
  initCommand,
  hookCommand,
  sensorsCommand,
  tokenCommand,
  auditCommand,
  doctorCommand,
];

const epilogue = `
Environment:
  RUNLENS_COLLECTOR_URL   where the collector is; default: the one that runs here, else http://127.0.0.1:4318
  RUNLENS_TOKEN           the token to ask it with; default: the one in the home folder
  RUNLENS_HOME            the home folder, with data, token and logs; default: ~/.runlens

Exit codes:
  0 ok   1 failure   2 usage   3 collector not reachable   4 unauthorized   5 nothing found
  6 review failed`;

/** Runs one command line (without `node` and the script) to its end; the session then tells how the process ends. */
export async function runCli(args: readonly string[], session: Session): Promise<void> {
  const program = new Command('runlens')
    .description('How each function behaves in production: collects it, and tells it.')
    .version(version, '-V, --version', 'print the version of this command')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => session.stdout.write(text),
      writeErr: (text) => session.stderr.write(text),
      // Errors are told once, below, in the form that was asked for.
      outputError: () => {},
    })
    .addHelpText('after', epilogue);
  for (const make of commands) {
    const command = make(session).copyInheritedSettings(program);
    for (const part of command.commands) part.copyInheritedSettings(program);
    program.addCommand(command);
  }
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    const failure = foreseen(
      error,
      args,
      program.commands.map((command) => command.name()),
    );
    if (failure === undefined) return;
    session.exitCode = failure.exitCode;
    if (failure.message === '') return;
    if (wantsJson(args)) printJson(session.stdout, failure);
    else session.stderr.write(`runlens: ${failure.message}\n`);
  }
}

/** Throws on what was not foreseen; undefined: there is nothing to tell, as after `--help`. */
function foreseen(error: unknown, args: readonly string[], commandNames: readonly string[]): CliFailure | undefined {
  if (error instanceof CliFailure) return error;
  if (!(error instanceof CommanderError)) throw error;
  if (error.exitCode === 0) return undefined;
  // No command was named; the help is told already.
  if (error.code === 'commander.help') return new CliFailure(exitCodes.usage, '');
  const sentence = error.message
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '');
  const named = commandNames.includes(args[0] ?? '') ? `${args[0]} ` : '';
  return new CliFailure(exitCodes.usage, `${sentence}; see "runlens ${named}--help".`);
}

function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end === -1 ? args : args.slice(0, end)).includes('--json');
}
