import { describe, expect, it, test } from 'vitest';
import { hookAnswer, readHookCall } from './hook-call.ts';

/** As hosts were seen to call, without what is not looked at. */
const calls = {
  claude: {
    session_id: 'efa27ba4',
    transcript_path: '/home/u/.claude/projects/-work/efa27ba4.jsonl',
    cwd: '/home/u/shop',
    permission_mode: 'default',
    hook_event_name: 'PreToolUse',
    tool_name: 'Edit',
    tool_input: { file_path: '/home/u/shop/pricing/price.ts', old_string: 'a.b', new_string: 'c.d' },
  },
  codex: {
    session_id: '01a20254',
    turn_id: '01a20254-0741',
    transcript_path: '/home/u/.codex/sessions/2026/11/22/rollout.jsonl',
    cwd: '/home/u/shop',
    hook_event_name: 'PreToolUse',
    model: 'scripted',
    tool_name: 'Bash',
    tool_input: { command: "sed -n 1,40p pricing/price.ts | grep 'e.g.'" },
  },
  gemini: {
    session_id: '8a3f8913',
    transcript_path: '/home/u/.gemini/tmp/shop/chats/session.jsonl',
    cwd: '/home/u/shop',
    hook_event_name: 'AfterTool',
    timestamp: '2026-11-22T08:15:42.060Z',
    tool_name: 'read_file',
    tool_input: { file_path: 'pricing/price.ts' },
    tool_response: { llmContent: 'a file_path of the answer: x.ts' },
  },
  copilot: {
    sessionId: '3fc1a216',
    timestamp: 1_795_335_345_729,
    cwd: '/home/u/shop',
    toolName: 'view',
    toolArgs: { path: '/home/u/shop/pricing/price.ts' },
  },
  copilotByClaudesSettings: {
    hook_event_name: 'PreToolUse',
    session_id: '9eefa438',
    timestamp: '2026-11-22T08:15:50.981Z',
    cwd: '/home/u/shop',
    tool_name: 'Read',
    tool_input: { path: '/home/u/shop/pricing/price.ts' },
  },
  vscode: {
    session_id: 'b1',
    transcript_path: '/home/u/.config/Code/User/transcripts/b1.jsonl',
    cwd: '/home/u/shop',
    hook_event_name: 'PreToolUse',
    timestamp: '2026-02-09T10:30:00.000Z',
    tool_name: 'editFiles',
    tool_input: { files: ['pricing/price.ts', 'pricing/tax.ts'] },
  },
};
type Host = keyof typeof calls;

function callOf(host: Host, event: string, more: object = {}) {
  const read = readHookCall(event, JSON.stringify({ ...calls[host], ...more }));
  if (read.kind === 'bad') throw new Error(read.reason);
  return read.call;
}

test.each<[Host, string, string, readonly string[]]>([
  ['claude', 'PreToolUse', 'Claude Code', ['/home/u/shop/pricing/price.ts']],
  ['codex', 'PreToolUse', 'Codex CLI', ['pricing/price.ts', 'e.g']],
  ['gemini', 'AfterTool', 'Gemini CLI', ['pricing/price.ts']],
  ['copilot', 'preToolUse', 'Copilot CLI', ['/home/u/shop/pricing/price.ts']],
  ['copilotByClaudesSettings', 'PreToolUse', 'Copilot CLI', ['/home/u/shop/pricing/price.ts']],
  ['vscode', 'PreToolUse', 'VS Code', ['pricing/price.ts', 'pricing/tax.ts']],
])('a call of %s is read: its host, its session and the files of its tool', (host, event, name, paths) => {
  const call = callOf(host, event);
  expect(call).toMatchObject({ event, host: name, cwd: '/home/u/shop', paths });
  expect(call.session).toBe(Object(calls[host]).session_id ?? Object(calls[host]).sessionId);
});

test('files that a patch names are known, and no other words of it', () => {
  const patch =
    '*** Begin Patch\n*** Update File: src/a.ts\n-import x from "y.ts"\n*** Add File: src/b.ts\n*** Move to: src/c.ts\n';
  expect(callOf('codex', 'PreToolUse', { tool_input: { command: patch } }).paths).toEqual([
    'src/a.ts',
    'src/b.ts',
    'src/c.ts',
  ]);
});

describe('the answer', () => {
  const specific = (event: string) => ({ hookSpecificOutput: { hookEventName: event, additionalContext: 'new' } });
  it.each<Host>(['claude', 'codex', 'gemini', 'vscode'])('for %s has no field that it does not know', (host) => {
    const call = callOf(host, 'PreToolUse');
    expect(JSON.parse(hookAnswer(call, 'new'))).toEqual(specific(call.event));
  });
  it.each<Host>(['copilot', 'copilotByClaudesSettings'])('for %s is in its own form', (host) => {
    expect(JSON.parse(hookAnswer(callOf(host, 'PreToolUse'), 'new'))).toEqual({
      additionalContext: 'new',
      ...specific('PreToolUse'),
    });
  });
});

test.each([
  ['SessionStart', true],
  ['sessionStart', true],
  ['UserPromptSubmit', true],
  ['userPromptSubmitted', true],
  ['BeforeAgent', true],
  ['PreToolUse', true],
  ['PostToolUse', true],
  // Gemini CLI drops what is printed there.
  ['BeforeTool', false],
  ['SessionEnd', false],
])('what is printed at %s reaches the model: %s', (event, heard) => {
  expect(callOf('claude', event, { hook_event_name: event }).isHeard).toBe(heard);
});

test.each([
  ['PreToolUse', 'not json', 'no JSON'],
  ['PreToolUse', '[]', 'no object'],
  ['PreToolUse', 'null', 'no object'],
  // There a text makes the agent go on for ever.
  ['Stop', JSON.stringify({ session_id: 's', cwd: '/' }), 'no event that is known'],
  ['constructor', JSON.stringify({ session_id: 's', cwd: '/' }), 'no event that is known'],
  ['PreToolUse', JSON.stringify({ cwd: '/' }), 'no session_id'],
  ['PreToolUse', JSON.stringify({ session_id: 7, cwd: '/' }), 'no session_id'],
  ['PreToolUse', JSON.stringify({ session_id: 's'.repeat(300), cwd: '/' }), 'no session_id'],
  ['PreToolUse', JSON.stringify({ session_id: 's' }), 'no cwd'],
])('%s with %.40s is refused with a reason', (event, text, reason) => {
  expect(readHookCall(event, text)).toMatchObject({ kind: 'bad', reason: expect.stringContaining(reason) });
});

test('a tool input without end names no more files than are looked at', () => {
  let deep: unknown = { file_path: 'deep.ts' };
  for (let i = 0; i < 50; i += 1) deep = { more: deep };
  const wide = { paths: Array.from({ length: 5_000 }, (_, i) => `src/${i}.ts`), deep };
  const { paths } = callOf('claude', 'PreToolUse', { tool_input: wide });
  expect(paths).toHaveLength(40);
  expect(paths).not.toContain('deep.ts');
});
