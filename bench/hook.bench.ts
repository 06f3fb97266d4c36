/**
 * How long an agent waits for `runlens hook`, which its host starts anew at each prompt and before each tool: from the start of the process
 * to its end, against a collector that has nothing new, beside one that is away, and an empty program.
 *
 *     npm run bench -- hook [--rounds 15] [--json FILE]
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { runCollector } from './frame/collector.ts';
import { readOptions } from './frame/options.ts';
import { repository as root } from './frame/places.ts';
import { Report } from './frame/report.ts';
import { median, ratios } from './frame/statistics.ts';
import { ratioText, table } from './frame/table.ts';

const options = readOptions();
const rounds = options.rounds ?? 15;
const timeoutMilliseconds = 30_000;
const report = new Report('hook', options);
const runlens = join(root, 'cli', 'bin', 'runlens.mjs');
const collector = await runCollector();

const input = (event: string): string =>
  JSON.stringify({
    session_id: 'bench',
    hook_event_name: event,
    cwd: root,
    prompt: 'Remove the timeout.',
    tool_name: 'Edit',
    tool_input: { file_path: join(root, 'README.md') },
  });
const here = { RUNLENS_HOME: collector.home, RUNLENS_COLLECTOR_URL: collector.url };
// Port 9 (discard) of the loopback: nobody is there.
const away = { RUNLENS_HOME: collector.home, RUNLENS_COLLECTOR_URL: 'http://127.0.0.1:9' };
const ways: Readonly<
  Record<string, { readonly args: readonly string[]; readonly env: NodeJS.ProcessEnv; readonly stdin: string }>
> = {
  'an empty program': { args: ['-e', '0'], env: {}, stdin: '' },
  'before a tool': { args: [runlens, 'hook', 'PreToolUse'], env: here, stdin: input('PreToolUse') },
  'at a prompt': { args: [runlens, 'hook', 'UserPromptSubmit'], env: here, stdin: input('UserPromptSubmit') },
  'before a tool, collector away': { args: [runlens, 'hook', 'PreToolUse'], env: away, stdin: input('PreToolUse') },
};
const taken = new Map<string, number[]>();
try {
  for (let round = -1; round < rounds; round += 1) {
    for (const [name, { args, env, stdin }] of Object.entries(ways)) {
      const began = performance.now();
      const { status, stdout, error } = spawnSync(process.execPath, args, {
        input: stdin,
        encoding: 'utf8',
        timeout: timeoutMilliseconds,
        env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      });
      const milliseconds = performance.now() - began;
      if (status !== 0 || stdout !== '') throw new Error(`${name}: ${error ?? `ended with ${status}: ${stdout}`}`);
      if (round >= 0) taken.set(name, [...(taken.get(name) ?? []), milliseconds]);
    }
  }
  const empty = taken.get('an empty program') ?? [];
  const rows = [...taken].map(([name, all]) => [name, `${median(all).toFixed(0)} ms`, ratioText(ratios(all, empty))]);
  report.say(table(['runlens hook', 'median', 'to an empty program'], rows));
  report.keep('hook', Object.fromEntries(taken));
} finally {
  await collector.stop();
}
