import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CliResult, cli, temporaryFolder } from '../testing.ts';

let folder: ReturnType<typeof temporaryFolder>;
let root: string;
let env: Record<string, string>;
beforeEach(() => {
  folder = temporaryFolder();
  root = join(folder.path, 'work');
  for (const name of ['work/.git', 'home', 'bin']) mkdirSync(join(folder.path, name), { recursive: true });
  writeFileSync(join(folder.path, 'bin', process.platform === 'win32' ? 'runlens.cmd' : 'runlens'), '');
  env = { HOME: join(folder.path, 'home'), PATH: [join(folder.path, 'bin'), '/nowhere'].join(delimiter) };
});
afterEach(() => folder[Symbol.dispose]());

const init = (...args: readonly string[]): Promise<CliResult> => cli(['init', ...args], { cwd: root, env });
const at = (path: string): string => join(root, path);
const put = (path: string, text: string): void => {
  mkdirSync(join(at(path), '..'), { recursive: true });
  writeFileSync(at(path), text);
};

test('where no agent is found, it says how to name one', async () => {
  const { exitCode, stderr } = await init('--dry-run');
  expect(exitCode).toBe(5);
  expect(stderr).toContain('--agent vscode|copilot|claude|codex|gemini');
});

test('nothing is written without a yes: it is shown, and that nobody could be asked', async () => {
  put('.claude/settings.json', '{ "model": "x" }\n');
  const told = await init();
  expect(told.exitCode).toBe(1);
  expect(told.stdout).toContain('.claude/settings.json (Claude Code):');
  expect(told.stdout).toMatch(/^ {2}\+ +"command": "runlens hook PreToolUse"/m);
  expect(told.stderr).toContain('Say --yes');
  expect(readFileSync(at('.claude/settings.json'), 'utf8')).toBe('{ "model": "x" }\n');
  expect(existsSync(at('.mcp.json'))).toBe(false);
});

test('a dry run is a success, and writes nothing', async () => {
  put('CLAUDE.md', '');
  expect(await init('--dry-run')).toMatchObject({ exitCode: 0, stderr: '' });
  expect(existsSync(at('.mcp.json'))).toBe(false);
});

test('with a yes the agents that are found are told, and no others; again, there is nothing to do', async () => {
  mkdirSync(join(folder.path, 'home', '.codex'));
  put('.claude/settings.json', '{ "model": "x" }\n');
  const told = await init('--yes');
  expect(told).toMatchObject({ exitCode: 0, stderr: '' });
  expect(told.stdout).toContain('Codex CLI: it runs hooks once you have trusted');
  expect(JSON.parse(readFileSync(at('.claude/settings.json'), 'utf8'))).toMatchObject({ model: 'x', hooks: {} });
  expect(readFileSync(at('.codex/config.toml'), 'utf8')).toContain('[mcp_servers.runlens]');
  expect(existsSync(at('.gemini'))).toBe(false);
  const again = await init('--yes');
  expect(again.stdout.split('\n').filter((line) => line.endsWith(': as it should be'))).toHaveLength(4);
  expect(again.exitCode).toBe(0);
});

test('what it wrote is taken out, also of agents that are here no more; the rest stays', async () => {
  put('.claude/settings.json', '{ "model": "x" }\n');
  await init('--agent', 'claude', '--agent', 'gemini', '--agent', 'copilot', '--yes');
  expect(existsSync(at('.github/hooks/runlens.json'))).toBe(true);
  expect((await init('--remove', '--yes')).exitCode).toBe(0);
  expect(JSON.parse(readFileSync(at('.claude/settings.json'), 'utf8'))).toEqual({ model: 'x' });
  for (const path of ['.mcp.json', '.gemini', '.github/hooks']) expect(existsSync(at(path)), path).toBe(false);
  expect((await init('--remove', '--yes')).stdout).toContain('There is nothing of Runlens');
});

test('a broken file is left alone and told, and the others are written', async () => {
  put('.claude/settings.json', '{ "model": ');
  const told = await init('--agent', 'claude', '--yes');
  expect(told.exitCode).toBe(1);
  expect(told.stdout).toContain('.claude/settings.json (Claude Code): left alone: it is no valid JSON (line 1');
  expect(readFileSync(at('.claude/settings.json'), 'utf8')).toBe('{ "model": ');
  expect(existsSync(at('.mcp.json'))).toBe(true);
});

test.skipIf(process.platform === 'win32')('behind a link nothing is written', async () => {
  mkdirSync(join(folder.path, 'elsewhere'));
  symlinkSync(join(folder.path, 'elsewhere'), at('.claude'));
  const { stdout, exitCode } = await init('--agent', 'claude', '--yes');
  expect(stdout).toContain('left alone: it is, or lies behind, a link');
  expect(exitCode).toBe(1);
  expect(existsSync(join(folder.path, 'elsewhere', 'settings.json'))).toBe(false);
});

test('a command that agents would not find is told', async () => {
  rmSync(join(folder.path, 'bin'), { recursive: true });
  expect((await init('--agent', 'claude', '--yes')).stderr).toContain('"runlens" is not on your PATH');
});

test('VS Code is given the server only where no extension gives it the tools', async () => {
  await init('--agent', 'vscode', '--yes');
  expect(JSON.parse(readFileSync(at('.vscode/mcp.json'), 'utf8')).servers.runlens).toEqual({
    ...{ type: 'stdio', command: 'runlens', args: ['mcp'] },
  });
  rmSync(at('.vscode'), { recursive: true });
  mkdirSync(join(folder.path, 'home', '.vscode', 'extensions', 'runlens.runlens-0.1.0'), { recursive: true });
  await init('--agent', 'vscode', '--yes');
  expect(existsSync(at('.vscode/mcp.json'))).toBe(false);
  expect(existsSync(at('.github/hooks/runlens.json'))).toBe(true);
});

test('--json tells what was done', async () => {
  const { stdout } = await init('--agent', 'gemini', '--yes', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    ...{ done: true, agents: ['gemini'] },
    files: [{ path: '.gemini/settings.json', readBy: ['Gemini CLI'], change: 'write' }],
  });
});

test('an agent that is not known is a usage error', async () => {
  expect(await init('--agent', 'cursor')).toMatchObject({ exitCode: 2 });
});
