import { atLeast, productionOf, type Review, reviewMarkdown, reviewOf, reviewSarif, reviewText } from '@runlens/agent';
import { Command, Option } from 'commander';
import { collectorClient } from '../collector-client.ts';
import { exitCodes } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import { locateCollector } from '../home.ts';
import { changeSource } from '../review/change-source.ts';
import { addJson, examples } from '../scope-options.ts';
import { printJson, type Session, styleFor } from '../session.ts';
import { version } from '../version.ts';

const formats = ['text', 'json', 'markdown', 'sarif'] as const;

interface Options {
  readonly base?: string;
  readonly head?: string;
  readonly service?: string;
  readonly environment?: string;
  readonly since: string;
  readonly format: (typeof formats)[number];
  readonly failOn?: 'warning' | 'severe';
  readonly facts: boolean;
  readonly json?: boolean;
}

/** A terminal can be scrolled; the limit only keeps a mistake from filling a disk. */
const budgetCharacters = 2_000_000;

export function reviewCommand(session: Session): Command {
  const command = new Command('review')
    .description('a change, by its production cost')
    .option('--base <revision>', 'compare with where the change left this revision; default: the main branch')
    .option('--head <revision>', 'review this revision; default: the files as they are on disk')
    .option('--service <name>', 'only this service')
    .option('--environment <name>', 'judge by this environment; default: production where there is one')
    .option('--since <when>', 'how far back: 15m, 1h, 24h, 7d, or an instant such as 2026-01-31T12:00:00Z', '15m')
    .addOption(new Option('--format <format>', 'how to print it').choices(formats).default('text'))
    .addOption(new Option('--fail-on <verdict>', 'end with code 6 from this verdict on').choices(['warning', 'severe']))
    .option('--no-facts', 'ask no collector: judge by the text of the change alone');
  return addJson(command, 'the same as --format json')
    .addHelpText(
      'after',
      examples('runlens review', 'runlens review --base origin/main --format markdown --fail-on severe --since 24h'),
    )
    .action(async ({ base, head, service, environment, since, facts, failOn, json = false, format }: Options) => {
      await using source = changeSource(session);
      const change = await source.read({
        ...(base === undefined ? {} : { base }),
        ...(head === undefined ? {} : { head }),
      });
      if (change.kind === 'failed') throw new CliFailure(exitCodes.usage, change.message);
      const known = facts
        ? await productionOf(
            change,
            collectorClient(locateCollector(session.env)),
            { service, environment, since },
            undefined,
          )
        : undefined;
      const review = reviewOf(change, known, session.now());
      print(review, json ? 'json' : format, session);
      if (failOn !== undefined && atLeast(review.verdict, failOn)) session.exitCode = exitCodes.reviewFailed;
    });
}

function print(review: Review, format: Options['format'], session: Session): void {
  switch (format) {
    case 'json':
      printJson(session.stdout, review);
      return;
    case 'sarif':
      printJson(session.stdout, reviewSarif(review, version));
      return;
    case 'markdown':
      session.stdout.write(`${reviewMarkdown(review, session.now())}\n`);
      return;
    case 'text': {
      const style = styleFor(session.stdout, session.env);
      session.stdout.write(`${reviewText(review, { budgetCharacters, now: session.now(), style })}\n`);
    }
  }
}
