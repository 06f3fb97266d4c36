/** A command that is an agent tool: asks it, prints what it answers for people or, with `--json`, for programs. */
import type { AgentTool, ToolContext, ToolResult } from '@runlens/agent';
import { collectorClient } from './collector-client.ts';
import { exitCodes } from './exit-codes.ts';
import { CliFailure } from './failure.ts';
import { locateCollector } from './home.ts';
import { printJson, type Session, styleFor } from './session.ts';

/** A terminal can be scrolled; the limit only keeps a mistake from filling a disk. */
const terminalBudgetCharacters = 2_000_000;

export async function printToolAnswer(
  tool: AgentTool,
  input: Readonly<Record<string, unknown>>,
  json: boolean,
  session: Session,
  also: Pick<ToolContext, 'memory'> = {},
): Promise<void> {
  const facts = collectorClient(locateCollector(session.env));
  const answer = answerOf(await tool.call(input, { facts, ...also }));
  if (json) {
    printJson(session.stdout, answer.output);
    return;
  }
  const style = styleFor(session.stdout, session.env);
  session.stdout.write(`${answer.text({ budgetCharacters: terminalBudgetCharacters, now: session.now(), style })}\n`);
}

function answerOf(result: ToolResult): Extract<ToolResult, { kind: 'answer' }> {
  if (result.kind === 'answer') return result;
  if (result.kind === 'nothing') throw new CliFailure(exitCodes.nothingFound, result.message);
  throw new CliFailure(exitCodes.usage, `${result.message}.`);
}
