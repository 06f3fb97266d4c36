/** The agents that `runlens init` knows: how they are found, and the files that tell them of Runlens. One more is one more entry here. */
import { type HookEntry, jsonSettings } from './json-settings.ts';
import type { SettingsFile } from './settings-file.ts';
import { tomlSettings } from './toml-settings.ts';

export interface KnownAgent {
  readonly id: string;
  readonly name: string;
  /** Of these one is there where somebody uses it: in the repository, in the home folder, as a command. */
  readonly signs: {
    readonly repository: readonly string[];
    readonly home: readonly string[];
    readonly commands: readonly string[];
  };
  readonly files: (given: Given) => readonly SettingsFile[];
  /** What the person has to do beside. */
  readonly afterwards?: string;
}

export interface Given {
  /** By which `runlens` is started. */
  readonly command: string;
  /** Whether the extension of VS Code is here, which gives chat the tools by itself. */
  readonly hasExtension: boolean;
}

/** The command itself takes two seconds at most. */
const hookSeconds = 10;

/** `runlens`, or a path: as one word of a command line, and as a program with its arguments. */
const quoted = (command: string): string => (/^[\w@%+=:,./\\-]+$/.test(command) ? command : `"${command}"`);
const server = (command: string) => ({ command, args: ['mcp'] });

const grouped = (command: string, events: readonly string[], timeout: number): readonly HookEntry[] =>
  events.map((event) => {
    const line = `${quoted(command)} hook ${event}`;
    return { event, command: line, grouped: true, hook: { type: 'command', command: line, timeout } };
  });

/** A tool's result is told with what is new before it: with the files that it names. */
const usualEvents = ['SessionStart', 'UserPromptSubmit', 'PreToolUse'] as const;

/** Read by VS Code and by Copilot CLI, which name the time differently. */
const copilotHooks = (command: string): SettingsFile =>
  jsonSettings('.github/hooks/runlens.json', {
    start: { version: 1 },
    hooks: usualEvents.map((event) => {
      const line = `${quoted(command)} hook ${event}`;
      const hook = { type: 'command', command: line, timeout: hookSeconds, timeoutSec: hookSeconds };
      return { event, command: line, grouped: false, hook };
    }),
  });

export const knownAgents: readonly KnownAgent[] = [
  {
    id: 'vscode',
    name: 'VS Code',
    signs: {
      repository: ['.vscode', '.github/hooks'],
      home: ['.vscode', '.vscode-server', '.config/Code', 'Library/Application Support/Code', 'AppData/Roaming/Code'],
      commands: ['code'],
    },
    // Chat would see each tool twice.
    files: ({ command, hasExtension }) => [
      copilotHooks(command),
      ...(hasExtension
        ? []
        : [
            jsonSettings('.vscode/mcp.json', {
              mcp: { within: 'servers', server: { type: 'stdio', ...server(command) } },
            }),
          ]),
    ],
  },
  {
    id: 'copilot',
    name: 'Copilot CLI',
    signs: { repository: ['.github/hooks'], home: ['.copilot'], commands: ['copilot'] },
    files: ({ command }) => [copilotHooks(command), claudeServers(command)],
    afterwards: 'it runs hooks in folders that you trust',
  },
  {
    id: 'claude',
    name: 'Claude Code',
    signs: { repository: ['.claude', 'CLAUDE.md', '.mcp.json'], home: ['.claude'], commands: ['claude'] },
    files: ({ command }) => [
      claudeServers(command),
      jsonSettings('.claude/settings.json', { hooks: grouped(command, usualEvents, hookSeconds) }),
    ],
    afterwards: 'it asks once whether the server of .mcp.json may be used',
  },
  {
    id: 'codex',
    name: 'Codex CLI',
    signs: { repository: ['.codex'], home: ['.codex'], commands: ['codex'] },
    files: ({ command }) => [
      tomlSettings(
        '.codex/config.toml',
        ['mcp_servers', 'runlens'],
        [`command = ${JSON.stringify(command)}`, 'args = ["mcp"]'],
      ),
      jsonSettings('.codex/hooks.json', { hooks: grouped(command, usualEvents, hookSeconds) }),
    ],
    afterwards: 'it runs hooks once you have trusted the project, and the hooks by /hooks',
  },
  {
    id: 'gemini',
    name: 'Gemini CLI',
    signs: { repository: ['.gemini', 'GEMINI.md'], home: ['.gemini'], commands: ['gemini'] },
    // Of a hook before a tool nothing reaches its model.
    files: ({ command }) => [
      jsonSettings('.gemini/settings.json', {
        mcp: { within: 'mcpServers', server: server(command) },
        hooks: grouped(command, ['SessionStart', 'BeforeAgent', 'AfterTool'], hookSeconds * 1_000),
      }),
    ],
    afterwards: 'it reads them in folders that you trust',
  },
];

function claudeServers(command: string): SettingsFile {
  return jsonSettings('.mcp.json', { mcp: { within: 'mcpServers', server: server(command) } });
}
