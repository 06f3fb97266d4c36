/**
 * `runlens hook EVENT`: what is new in production for the session of an agent, as its host takes it, and nothing otherwise. It never stands
 * in the agent's way: whatever goes wrong, it prints nothing and ends well.
 */
import type { Readable } from 'node:stream';
import { environmentVariables } from '@runlens/protocol/environment';
import { workspaceId } from '@runlens/server/agent/workspace-id';
import { locateCollector } from '../home.ts';
import { repositoryRoot } from '../repository-path.ts';
import type { Session } from '../session.ts';
import { askContext, endSession } from './ask-context.ts';
import { changedFiles } from './changed-files.ts';
import { filesOfCall } from './files-of-call.ts';
import { hookAnswer, readHookCall } from './hook-call.ts';

export interface HookLimits {
  /** Milliseconds, of each. */
  readonly input: number;
  readonly git: number;
  readonly collector: number;
}
const usualLimits: HookLimits = { input: 1_000, git: 400, collector: 1_000 };
const longestCollectorMilliseconds = 60_000;

/** Of the environment what makes no sense is as if it were not set: a hook never stands in the way. */
function limitsOf(env: Session['env']): HookLimits {
  const [, number, unit] = /^(\d{1,6})(ms|s)?$/.exec(env[environmentVariables.hookTimeout]?.trim() ?? '') ?? [];
  const milliseconds = Number(number) * (unit === 's' ? 1_000 : 1);
  return milliseconds > 0
    ? { ...usualLimits, collector: Math.min(milliseconds, longestCollectorMilliseconds) }
    : usualLimits;
}
/** What a tool has answered comes with it, and can be long. */
const mostInputBytes = 8 * 1024 * 1024;
const mostFiles = 100;

export async function runHook(
  event: string,
  input: Readable,
  session: Session,
  limits: HookLimits = limitsOf(session.env),
): Promise<void> {
  try {
    const problem = await hook(event, input, session, limits);
    if (problem !== undefined) session.stderr.write(`runlens hook: ${problem}; nothing was added.\n`);
  } catch (error) {
    session.stderr.write(`runlens hook: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

async function hook(event: string, input: Readable, session: Session, limits: HookLimits): Promise<string | undefined> {
  const text = await textOf(input, limits.input);
  if (text === undefined) return 'standard input did not end, or is too long';
  const read = readHookCall(event, text);
  if (read.kind === 'bad') return read.reason;
  const { call } = read;
  const location = locateCollector(session.env);
  const asking = { agent: call.host, session: call.session };
  if (call.moment === 'end') {
    const ended = await endSession(location, asking, limits.collector);
    return ended.kind === 'refused' ? ended.reason : undefined;
  }
  const here = { cwd: call.cwd, env: session.env };
  const root = repositoryRoot(here);
  const looksAtChanges = call.moment === 'start' || call.moment === 'prompt';
  const changed = looksAtChanges ? await changedFiles(root, { ...session.env }, limits.git) : undefined;
  const files = filesOfCall(call, session.env).slice(0, mostFiles);
  // Nothing to learn, and nobody to tell.
  if (!call.isHeard && files.length === 0) return undefined;
  const answer = await askContext(
    location,
    asking,
    {
      via: `hook ${call.event}`.slice(0, 60),
      workspace: workspaceId(root),
      interest: { files: [...files], ...(changed && { changed: [...changed] }) },
      mark: call.isHeard,
    },
    limits.collector,
  );
  if (answer.kind === 'refused') return answer.reason;
  if (answer.kind === 'text' && answer.text !== '' && call.isHeard) {
    session.stdout.write(`${hookAnswer(call, answer.text)}\n`);
  }
  return undefined;
}

/** Undefined: it did not end in time, or is too long. */
async function textOf(input: Readable, milliseconds: number): Promise<string | undefined> {
  const late = setTimeout(() => input.destroy(), milliseconds);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of input) {
      const part = Buffer.from(chunk);
      bytes += part.length;
      if (bytes > mostInputBytes) return undefined;
      chunks.push(part);
    }
    return Buffer.concat(chunks).toString('utf8');
  } catch {
    return undefined;
  } finally {
    clearTimeout(late);
  }
}
