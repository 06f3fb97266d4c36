import { captureLines, probeLine } from '@runlens/agent';
import { type Capture, type CapturesResponse, capturesResponseSchema } from '@runlens/protocol';
import { Command } from 'commander';
import { collectorClient } from '../collector-client.ts';
import { exitCodes } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import { locateCollector } from '../home.ts';
import { addJson, examples, wholeNumber } from '../scope-options.ts';
import { printJson, type Session } from '../session.ts';

interface Options {
  readonly follow?: boolean;
  readonly limit: number;
  readonly depth: number;
  readonly json?: boolean;
}

const pollMilliseconds = 300;
const ended: ReadonlySet<string> = new Set(['done', 'expired', 'removed']);

export function capturesCommand(session: Session): Command {
  const command = new Command('captures')
    .description('what a probe has captured')
    .argument('<id>', 'the id of a probe')
    .option('--follow', 'goes on until the probe ends, or Ctrl-C')
    .option('--limit <n>', 'at most so many of what there is', wholeNumber(1, 200), 20)
    .option('--depth <n>', 'levels of objects that are written out', wholeNumber(1, 8), 3);
  return addJson(command, 'print JSON: one document, or with --follow one line for each capture')
    .addHelpText(
      'after',
      examples('runlens captures p-0a1b2c3d4e5f', 'runlens captures p-0a1b2c3d4e5f --follow --json'),
    )
    .action(async (id: string, options: Options) => {
      const client = collectorClient(locateCollector(session.env));
      const ask = (after: string | undefined): Promise<CapturesResponse> =>
        client.request(
          {
            method: 'GET',
            path: `/api/v1/probes/${encodeURIComponent(id)}/captures`,
            params: { limit: options.limit, ...(after === undefined ? {} : { after }) },
          },
          capturesResponseSchema,
        );
      if (options.follow === true) await follow(ask, options, session);
      else await once(await ask(undefined), options, session);
    });
}

async function once(answer: CapturesResponse, { json, depth }: Options, session: Session): Promise<void> {
  if (json === true) {
    printJson(session.stdout, answer);
    return;
  }
  if (answer.captures.length === 0) {
    throw new CliFailure(exitCodes.nothingFound, `Nothing is captured yet. ${probeLine(answer.probe)}`);
  }
  for (const capture of answer.captures) write(capture, depth, session);
}

/** Until the probe has ended, which each has in a day. */
async function follow(
  ask: (after: string | undefined) => Promise<CapturesResponse>,
  { json, depth }: Options,
  session: Session,
): Promise<void> {
  let after: string | undefined;
  for (;;) {
    const { probe, captures } = await ask(after);
    for (const capture of captures) {
      if (json === true) session.stdout.write(`${JSON.stringify(capture)}\n`);
      else write(capture, depth, session);
      after = capture.id;
    }
    if (captures.length > 0) continue;
    if (ended.has(probe.state)) {
      if (json !== true) session.stdout.write(`${probeLine(probe)}\n`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
  }
}

function write(capture: Capture, depth: number, session: Session): void {
  session.stdout.write(`${captureLines(capture, { depth }).join('\n')}\n`);
}
