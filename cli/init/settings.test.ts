import { parse } from 'jsonc-parser';
import { describe, expect, it, test } from 'vitest';
import { knownAgents } from './agents.ts';
import type { SettingsFile } from './settings-file.ts';

const filesOf = (id: string, command = 'runlens'): readonly SettingsFile[] =>
  knownAgents.find((agent) => agent.id === id)?.files({ command, hasExtension: false }) ?? [];
function fileOf(id: string, path: string, command?: string): SettingsFile {
  const file = filesOf(id, command).find((each) => each.path === path);
  if (!file) throw new Error(`${id} has no ${path}`);
  return file;
}
function added(file: SettingsFile, before?: string): string {
  const edited = file.add(before);
  if (edited.kind === 'refused' || edited.text === undefined) throw new Error(JSON.stringify(edited));
  return edited.text;
}
const all = knownAgents.flatMap(({ id }) => filesOf(id).map((file) => [`${id} ${file.path}`, file] as const));
const claude = fileOf('claude', '.claude/settings.json');

test.each(all)('%s: new, added twice and taken out, leaves nothing', (_, file) => {
  const once = added(file);
  expect(added(file, once)).toBe(once);
  expect(file.remove(once)).toEqual({ kind: 'text', text: undefined });
});

test('a new file is what its host reads', () => {
  expect(JSON.parse(added(claude))).toEqual({
    hooks: Object.fromEntries(
      ['SessionStart', 'UserPromptSubmit', 'PreToolUse'].map((event) => [
        event,
        [{ hooks: [{ type: 'command', command: `runlens hook ${event}`, timeout: 10 }] }],
      ]),
    ),
  });
  expect(JSON.parse(added(fileOf('copilot', '.github/hooks/runlens.json'))).hooks.PreToolUse).toEqual([
    { type: 'command', command: 'runlens hook PreToolUse', timeout: 10, timeoutSec: 10 },
  ]);
  expect(added(fileOf('codex', '.codex/config.toml'))).toContain(
    '[mcp_servers.runlens]\ncommand = "runlens"\nargs = ["mcp"]\n',
  );
});

/** As somebody has it, by hand. */
const others = `{
	// Ours: ask before you change this.
	"permissions": { "allow": ["Bash(npm test)"], },
	"hooks": {
		"PreToolUse": [
			{ "matcher": "Bash", "hooks": [{ "type": "command", "command": "./guard.sh" /* keep */ }] }
		],
		"Stop": [{ "hooks": [{ "type": "command", "command": "say done" }] }]
	}
}
`;

describe('settings of others', () => {
  it('stay as they were written, with their comments, and come back as they were', () => {
    const after = added(claude, others);
    for (const line of others.split('\n').slice(1, 6)) expect(after).toContain(line.replace(/^\t+\{.*$/, '').trim());
    expect(after).toContain('"command": "./guard.sh" /* keep */');
    expect(after).toMatch(/\n\t\t"SessionStart": \[/);
    const value = parse(after, [], { allowTrailingComma: true });
    expect(value.hooks.PreToolUse).toHaveLength(2);
    expect(value.hooks.Stop).toHaveLength(1);
    const back = claude.remove(after);
    expect(back.kind === 'text' && parse(back.text ?? '', [], { allowTrailingComma: true })).toEqual(
      parse(others, [], { allowTrailingComma: true }),
    );
    expect(back).toMatchObject({ text: expect.stringContaining('// Ours: ask before you change this.') });
  });

  it('of Windows keep their line ends, and a byte order mark', () => {
    const after = added(claude, '\ufeff{\r\n  "model": "x"\r\n}\r\n');
    expect(after.startsWith('\ufeff{\r\n  "model": "x",\r\n')).toBe(true);
    expect(after.replaceAll('\r\n', '')).not.toContain('\n');
  });

  it('a hook that somebody put into a group of theirs is renewed there, and not written twice', () => {
    const theirs = JSON.stringify({
      hooks: {
        PreToolUse: [
          { matcher: 'Edit', hooks: [{ type: 'command', command: '/old/runlens hook PreToolUse', timeout: 3 }] },
        ],
      },
    });
    const { hooks } = JSON.parse(added(claude, theirs));
    expect(hooks.PreToolUse).toEqual([
      { matcher: 'Edit', hooks: [{ type: 'command', command: 'runlens hook PreToolUse', timeout: 3 }] },
    ]);
  });

  it('a server of ours with settings of theirs stays so', () => {
    const theirs =
      '{"mcpServers":{"runlens":{"command":"/opt/runlens","args":["mcp"],"env":{"RUNLENS_HOME":"/srv"}}}}\n';
    expect(added(fileOf('claude', '.mcp.json'), theirs)).toBe(theirs);
  });
});

test.each([
  ['no JSON', '{"hooks": ', 'line 1'],
  ['no JSON', '{\n  "a": 1\n  "b": 2\n}', 'line 3'],
  ['a list', '[]', 'no object'],
  ['hooks that are a list', '{"hooks": []}', '"hooks" is no object'],
  ['a hook that is none', '{"hooks": {"PreToolUse": {}}}', 'no list'],
])('%s is left alone, and why is told', (_, before, why) => {
  expect(claude.add(before)).toMatchObject({ kind: 'refused', reason: expect.stringContaining(why) });
});

test('a server of that name that is none of ours is left alone', () => {
  const file = fileOf('claude', '.mcp.json');
  const theirs = '{"mcpServers":{"runlens":{"command":"npx","args":["their-lens"]}}}\n';
  expect(file.add(theirs)).toMatchObject({ kind: 'refused', reason: expect.stringContaining('another server') });
  expect(file.remove(theirs)).toEqual({ kind: 'text', text: theirs });
});

describe('TOML', () => {
  const codex = fileOf('codex', '.codex/config.toml');
  const theirs = '# mine\nmodel = "o"\n\n[mcp_servers.other]\ncommand = "x"\n';
  it('of others stays, and comes back as it was', () => {
    const after = added(codex, theirs);
    expect(after.startsWith(theirs)).toBe(true);
    expect(added(codex, after)).toBe(after);
    expect(codex.remove(after)).toEqual({ kind: 'text', text: theirs });
  });
  it('with a server that somebody has written by hand is left as it is', () => {
    const own = '[mcp_servers.runlens]\ncommand = "/opt/runlens"\nargs = ["mcp"]\n';
    expect(added(codex, own)).toBe(own);
    expect(codex.remove(own)).toEqual({ kind: 'text', text: own });
  });
  it('is renewed where the command is another', () => {
    const after = added(fileOf('codex', '.codex/config.toml', '/opt/my "x"/runlens'), added(codex, theirs));
    expect(after).toContain(String.raw`command = "/opt/my \"x\"/runlens"`);
    expect(after.match(/mcp_servers\.runlens/g)).toHaveLength(1);
  });
  it.each([
    ['model = ', 'no valid TOML'],
    ['mcp_servers = { other = { command = "x" } }\n', 'by hand'],
  ])('that cannot be added to, %j, is left alone', (before, why) => {
    expect(codex.add(before)).toMatchObject({ kind: 'refused', reason: expect.stringContaining(why) });
  });
});

test('a command with a blank is one word of the command line', () => {
  const file = fileOf('claude', '.claude/settings.json', '/opt/my tools/runlens');
  const text = added(file);
  expect(JSON.parse(text).hooks.SessionStart[0].hooks[0].command).toBe('"/opt/my tools/runlens" hook SessionStart');
  expect(added(file, text)).toBe(text);
  expect(file.remove(text)).toEqual({ kind: 'text', text: undefined });
});
