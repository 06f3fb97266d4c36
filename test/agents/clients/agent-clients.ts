/**
 * Agent clients from npm: what to install, how to start each on one question with no network, with the model of a test, and what it
 * hands that model of a tool's answer. Versions are pinned: what they show their model is theirs to change.
 */
import { join } from 'node:path';

/** Where one run of a client takes place. */
export interface ClientPlace {
  /** The user's home folder: the client's settings are below it. */
  readonly home: string;
  /** The repository in which it works. */
  readonly work: string;
  /** The scripted provider, without a slash at its end. */
  readonly provider: string;
}

export interface AgentClient {
  /** As in the table of docs/agents.md. */
  readonly name: string;
  /** As a user types it. */
  readonly command: string;
  /** Package and version, by platform: `linux-x64` and the like. */
  readonly package: (platform: string) => string;
  /** The program in `node_modules`. */
  readonly program: (platform: string) => string;
  readonly environment: (place: ClientPlace) => Readonly<Record<string, string>>;
  /** The user's settings, by their paths below the home folder. */
  readonly settings?: (place: ClientPlace) => Readonly<Record<string, string>>;
  readonly arguments: (question: string) => readonly string[];
  /** The name under which the model is offered a server's tool. */
  readonly offered: (server: string, tool: string) => string;
  /** Of an answer that is there as text and in a structured form. */
  readonly handsOver: readonly ('text' | 'structured')[];
  /** Whether the server's instructions reach the model. */
  readonly instructs: boolean;
  /** As `runlens init` calls it; absent: it has no hooks that run a command. */
  readonly initId?: string;
}

/** Some give a server 5 or 10 seconds to start, which a busy machine can miss. */
const serverStartSeconds = 120;

const claudeCode: AgentClient = {
  name: 'Claude Code',
  command: 'claude',
  package: (platform) => `@anthropic-ai/claude-code-${platform}@2.1.197`,
  program: (platform) => `@anthropic-ai/claude-code-${platform}/claude`,
  environment: ({ provider }) => ({
    ANTHROPIC_BASE_URL: provider,
    ANTHROPIC_API_KEY: 'dummy',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    DISABLE_TELEMETRY: '1',
    // Its first question waits for the servers.
    MCP_CONNECTION_NONBLOCKING: '0',
    MCP_TIMEOUT: String(serverStartSeconds * 1_000),
    MCP_CONNECT_TIMEOUT_MS: String(serverStartSeconds * 1_000),
  }),
  arguments: (question) => ['-p', question, '--model', 'scripted', '--allowedTools', 'mcp__runlens,mcp__production'],
  offered: (server, tool) => `mcp__${server}__${tool}`,
  handsOver: ['structured'],
  instructs: true,
  initId: 'claude',
};

const codex: AgentClient = {
  name: 'Codex CLI',
  command: 'codex',
  package: (platform) => `@openai/codex@0.169.0-${platform}`,
  program: (platform) => {
    const [system, processor] = platform.split('-');
    const triple = `${processor === 'arm64' ? 'aarch64' : 'x86_64'}-${system === 'darwin' ? 'apple-darwin' : 'unknown-linux-musl'}`;
    return `@openai/codex/vendor/${triple}/bin/codex`;
  },
  environment: () => ({ PROVIDER_KEY: 'dummy' }),
  settings: ({ provider, work }) => ({
    '.codex/config.toml': `model = "scripted"
model_provider = "scripted"
approval_policy = "never"
sandbox_mode = "read-only"
[analytics]
enabled = false
[model_providers.scripted]
name = "scripted"
base_url = "${provider}/v1"
wire_api = "responses"
env_key = "PROVIDER_KEY"
request_max_retries = 0
[projects."${work}"]
trust_level = "trusted"
`,
  }),
  arguments: (question) => [
    'exec',
    '--skip-git-repo-check',
    // In place of a person's yes to the hooks.
    '--dangerously-bypass-hook-trust',
    // Its first question waits for servers that are required.
    ...['runlens', 'production'].flatMap((server) => [
      ...['-c', `mcp_servers.${server}.startup_timeout_sec=${serverStartSeconds}`],
      ...['-c', `mcp_servers.${server}.required=true`],
    ]),
    question,
  ],
  offered: (server, tool) => `mcp__${server}/${tool}`,
  handsOver: ['structured'],
  instructs: true,
  initId: 'codex',
};

const geminiCli: AgentClient = {
  name: 'Gemini CLI',
  command: 'gemini',
  package: () => '@google/gemini-cli@0.61.0',
  program: () => '@google/gemini-cli/bundle/gemini.js',
  environment: ({ provider }) => ({
    GEMINI_API_KEY: 'dummy',
    GOOGLE_GEMINI_BASE_URL: provider,
    GEMINI_CLI_TRUST_WORKSPACE: 'true',
  }),
  settings: () => ({
    '.gemini/settings.json': JSON.stringify({
      security: { auth: { selectedType: 'gemini-api-key' } },
      privacy: { usageStatisticsEnabled: false },
      general: { disableAutoUpdate: true },
    }),
  }),
  arguments: (question) => ['-p', question, '-m', 'gemini-2.5-pro', '--approval-mode', 'yolo'],
  offered: (server, tool) => `mcp_${server}_${tool}`,
  handsOver: ['text'],
  instructs: true,
  initId: 'gemini',
};

const copilotCli: AgentClient = {
  name: 'Copilot CLI',
  command: 'copilot',
  package: (platform) => `@github/copilot-${platform}@1.0.102`,
  program: (platform) => `@github/copilot-${platform}/copilot`,
  environment: ({ provider }) => ({
    COPILOT_OFFLINE: 'true',
    COPILOT_PROVIDER_BASE_URL: `${provider}/v1`,
    COPILOT_PROVIDER_TYPE: 'openai',
    COPILOT_PROVIDER_API_KEY: 'dummy',
    COPILOT_MODEL: 'scripted',
  }),
  settings: ({ work }) => ({ '.copilot/config.json': JSON.stringify({ trusted_folders: [work] }) }),
  arguments: (question) => ['-p', question, '--allow-all-tools', '--no-auto-update'],
  offered: (server, tool) => `${server}-${tool}`,
  handsOver: ['text', 'structured'],
  instructs: false,
  initId: 'copilot',
};

const opencode: AgentClient = {
  name: 'opencode',
  command: 'opencode',
  package: (platform) => `opencode-${opencodePlatform(platform)}@1.18.33`,
  program: (platform) => `opencode-${opencodePlatform(platform)}/bin/opencode`,
  environment: ({ home, provider }) => ({
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    // Beside the user's settings, to which its own command adds servers.
    OPENCODE_CONFIG: join(home, 'provider.json'),
    PROVIDER_URL: `${provider}/v1`,
  }),
  settings: () => ({
    'provider.json': JSON.stringify({
      $schema: 'https://opencode.ai/config.json',
      model: 'scripted/scripted',
      share: 'disabled',
      experimental: { mcp_timeout: serverStartSeconds * 1_000 },
      provider: {
        scripted: {
          npm: '@ai-sdk/openai-compatible',
          name: 'scripted',
          options: { baseURL: '{env:PROVIDER_URL}', apiKey: 'dummy' },
          models: { scripted: { name: 'scripted' } },
        },
      },
    }),
  }),
  arguments: (question) => ['run', question],
  offered: (server, tool) => `${server}_${tool}`,
  handsOver: ['text'],
  instructs: true,
};

/** Of the two builds for x64 the one that runs on every processor. */
const opencodePlatform = (platform: string): string => (platform.endsWith('x64') ? `${platform}-baseline` : platform);

/** The official inspector, whose command line asks a server one thing and has no model. */
export const inspector: Pick<AgentClient, 'command' | 'package' | 'program'> = {
  command: 'inspector',
  package: () => '@modelcontextprotocol/inspector@2.12.0',
  program: () => '@modelcontextprotocol/inspector/clients/launcher/build/index.js',
};

export const agentClients: readonly AgentClient[] = [claudeCode, codex, geminiCli, copilotCli, opencode];
