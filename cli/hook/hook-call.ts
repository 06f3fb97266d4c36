/**
 * What an agent's host tells a hook, and what it takes as an answer. Pure. One JSON format in five hosts, as seen by running them:
 * Claude Code 2.1.197, Codex CLI 0.169.0, Gemini CLI 0.61.0, VS Code 1.139 and Copilot CLI 1.0.102.
 */

/** When a hook runs, whatever its host calls it. */
export type HookMoment = 'start' | 'prompt' | 'beforeTool' | 'afterTool' | 'end';

const moments: Readonly<Record<string, HookMoment>> = {
  sessionstart: 'start',
  userpromptsubmit: 'prompt',
  userpromptsubmitted: 'prompt',
  beforeagent: 'prompt',
  pretooluse: 'beforeTool',
  beforetool: 'beforeTool',
  posttooluse: 'afterTool',
  aftertool: 'afterTool',
  sessionend: 'end',
};

/**
 * Where what is printed is dropped by the host, or makes it go on when the model had finished (`Stop`): there nothing may be
 * marked as told.
 */
const deaf = new Set(['beforetool', 'sessionend']);

export const hookEvents = ['SessionStart', 'UserPromptSubmit', 'PreToolUse', 'PostToolUse', 'SessionEnd'] as const;

export interface HookCall {
  /** As the host calls it: the answer repeats it. */
  readonly event: string;
  readonly moment: HookMoment;
  /** Whether what is printed reaches the model. */
  readonly isHeard: boolean;
  readonly session: string;
  readonly cwd: string;
  readonly host: string;
  /** Paths that the tool's input names, as it names them: some are no files. */
  readonly paths: readonly string[];
  readonly form: 'specific' | 'both';
}

export type ReadCall =
  | { readonly kind: 'call'; readonly call: HookCall }
  | { readonly kind: 'bad'; readonly reason: string };

const longestId = 200;
const longestPath = 1_000;
const mostPaths = 40;
const mostVisited = 400;
const deepest = 5;

/** `event`: the command's argument; `text`: what the host wrote to standard input. */
export function readHookCall(event: string, text: string): ReadCall {
  let told: unknown;
  try {
    told = JSON.parse(text);
  } catch {
    return bad('what came on standard input is no JSON');
  }
  if (typeof told !== 'object' || told === null || Array.isArray(told)) return bad('the JSON is no object');
  const input: object = told;
  const named = textOf(input, 'hook_event_name') ?? event;
  const moment = Object.hasOwn(moments, named.toLowerCase()) ? moments[named.toLowerCase()] : undefined;
  if (moment === undefined) return bad(`${JSON.stringify(named.slice(0, 60))} is no event that is known here`);
  const session = textOf(input, 'session_id') ?? textOf(input, 'sessionId');
  if (session === undefined || session.length > longestId) return bad('no session_id was given');
  const cwd = textOf(input, 'cwd');
  if (cwd === undefined || cwd.length > longestPath) return bad('no cwd was given');
  // Copilot CLI has a form of its own and drops the other; Codex drops an answer in which it does not know each field. Only
  // Copilot CLI calls without a transcript.
  const hasTranscript = textOf(input, 'transcript_path') !== undefined || 'turn_id' in input;
  return {
    kind: 'call',
    call: {
      ...{ event: named, moment, isHeard: !deaf.has(named.toLowerCase()), session, cwd },
      host: hostOf(input, named, hasTranscript),
      paths: pathsIn(fieldOf(input, 'tool_input') ?? parsed(fieldOf(input, 'toolArgs'))),
      form: hasTranscript ? 'specific' : 'both',
    },
  };
}

/** What is written to standard output. */
export function hookAnswer({ event, form }: HookCall, context: string): string {
  const specific = { hookSpecificOutput: { hookEventName: event, additionalContext: context } };
  return JSON.stringify(form === 'specific' ? specific : { additionalContext: context, ...specific });
}

const bad = (reason: string): ReadCall => ({ kind: 'bad', reason });

const fieldOf = (from: object, name: string): unknown =>
  Object.hasOwn(from, name) ? Reflect.get(from, name) : undefined;

function textOf(from: object, name: string): string | undefined {
  const value = fieldOf(from, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Some versions tell arguments as a text. */
function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

/** For the audit log: by what only one host does. */
function hostOf(input: object, event: string, hasTranscript: boolean): string {
  if (/^(?:Before|After)/.test(event)) return 'Gemini CLI';
  if (!hasTranscript) return 'Copilot CLI';
  const transcript = textOf(input, 'transcript_path') ?? '';
  if (/[\\/]\.codex[\\/]/.test(transcript) || 'turn_id' in input) return 'Codex CLI';
  if (/[\\/]\.claude[\\/]/.test(transcript)) return 'Claude Code';
  if (/[\\/]\.gemini[\\/]/.test(transcript)) return 'Gemini CLI';
  return 'timestamp' in input ? 'VS Code' : 'agent';
}

const pathKey =
  /^(?:file|path|uri|(?:file|notebook|absolute|relative|target|old|new|dir)_?path|file_?name|files|paths|file_?paths)$/i;
const commandKey = /^(?:command|cmd|patch|input|diff)$/i;
/** The lines of the patch format of Codex and VS Code that name files. */
const patchLine = /^\*\*\* (?:Update|Add|Delete) File: (.{1,1000})$|^\*\*\* Move to: (.{1,1000})$/gm;
/** A word of a shell command that has a folder or an ending; what it names may be no file. */
const pathWord = /(?:[\w@.+-]+\/)*[\w@+-][\w@.+-]*\.[A-Za-z]{1,5}\b/g;

function pathsIn(value: unknown): readonly string[] {
  const found = new Set<string>();
  let visited = 0;
  const add = (path: string | undefined): void => {
    const clean = path?.trim().replace(/^file:\/\//, '');
    if (clean && clean.length <= longestPath && !clean.includes('\0') && found.size < mostPaths) found.add(clean);
  };
  const visit = (at: unknown, key: string, depth: number): void => {
    visited += 1;
    if (visited > mostVisited || depth > deepest) return;
    if (typeof at === 'string') {
      if (pathKey.test(key)) add(at);
      else if (commandKey.test(key)) {
        const text = at.slice(0, 100_000);
        const patched = [...text.matchAll(patchLine)];
        for (const [, path, moved] of patched) add(path ?? moved);
        if (patched.length === 0) for (const [word] of text.slice(0, 4_000).matchAll(pathWord)) add(word);
      }
    } else if (Array.isArray(at)) for (const each of at) visit(each, key, depth + 1);
    else if (typeof at === 'object' && at !== null)
      for (const [name, each] of Object.entries(at)) visit(each, name, depth + 1);
  };
  visit(value, '', 0);
  return [...found];
}
