import { neutralise, tableLines } from '@runlens/agent';
import { formatAge, type UnusedResponse } from '@runlens/protocol';
import { Command } from 'commander';
import { collectorClient } from '../collector-client.ts';
import { exitCodes } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import { locateCollector } from '../home.ts';
import { repositoryRoot } from '../repository-path.ts';
import { addJson, examples, wholeNumber } from '../scope-options.ts';
import { printJson, type Session, styleFor } from '../session.ts';
import { sourceFiles } from '../source-files.ts';

interface Options {
  readonly service?: string;
  readonly environment?: string;
  readonly version?: string;
  readonly under?: string;
  readonly limit: number;
  readonly json?: boolean;
}

export function unusedCommand(session: Session): Command {
  const command = new Command('unused')
    .description('functions that production has loaded and never called, and source files that it never loaded')
    .option('--service <name>', 'only this service')
    .option('--environment <name>', 'only this environment')
    .option('--version <version>', 'this deployed version; without it, the one seen last')
    .option('--under <folder>', "only files under this folder, relative to the repository's root");
  return addJson(command)
    .option('--limit <n>', 'how many functions, and how many files', wholeNumber(1, 10_000), 100)
    .addHelpText('after', examples('runlens unused', 'runlens unused --service shop --under src/pricing --json'))
    .action(async ({ json = false, limit, ...selection }: Options) => {
      const client = collectorClient(locateCollector(session.env));
      const answer = await client.unused({ ...selection, limit, files: 'loaded' });
      if (answer.deployments.length === 0) {
        throw new CliFailure(
          exitCodes.nothingFound,
          'No service has reported in this selection; "runlens services" lists those that have.',
        );
      }
      const never = neverLoaded(answer, repositoryRoot(session), selection.under, limit);
      const output = { ...withoutFiles(answer), neverLoaded: never };
      if (json) printJson(session.stdout, output);
      else session.stdout.write(`${textOf(output, session).join('\n')}\n`);
    });
}

interface NeverLoaded {
  /** The first ones, sorted. */
  readonly files: readonly string[];
  readonly count: number;
  /** Source files in packages of which some file was loaded. */
  readonly of: number;
  readonly truncated: boolean;
}
type Output = Omit<UnusedResponse, 'deployments'> & {
  readonly deployments: readonly Omit<UnusedResponse['deployments'][number], 'files'>[];
  readonly neverLoaded: NeverLoaded | null;
};

/** Nothing where no file of the deployments is in this repository: then it is another one. */
function neverLoaded(
  { deployments }: UnusedResponse,
  root: string,
  under: string | undefined,
  limit: number,
): NeverLoaded | null {
  const loaded = new Set(deployments.flatMap(({ files }) => files ?? []));
  const { files, truncated } = sourceFiles(root, loaded, under);
  if (files.length === 0) return null;
  const never = files.filter((file) => !loaded.has(file));
  return { files: never.slice(0, limit), count: never.length, of: files.length, truncated };
}

const withoutFiles = ({ now, deployments }: UnusedResponse): Omit<Output, 'neverLoaded'> => ({
  now,
  deployments: deployments.map(({ files: _, ...deployment }) => deployment),
});

function textOf({ deployments, neverLoaded: never }: Output, session: Session): string[] {
  const style = styleFor(session.stdout, session.env);
  const age = (instant: string): string => formatAge(session.now() - Date.parse(instant));
  const lines = deployments.flatMap((each) => {
    const { service, environment, version, since, neverCalled, measuredFunctions, functions } = each;
    const place = [service, environment, version].map((part) => neutralise(part)).join(' · ');
    const title = `${place} · running since ${age(since)} · ${neverCalled} of ${measuredFunctions} functions never called`;
    if (functions.length === 0) return [title, ''];
    const rows = functions.map((one) => [
      { text: neutralise(one.function), mark: style.heading },
      { text: age(one.sinceInAnyVersion) },
      { text: `${neutralise(one.file)}${one.line > 0 ? `:${one.line}` : ''}`, mark: style.quiet },
    ]);
    const left = neverCalled - functions.length;
    return [
      title,
      ...tableLines([{ title: 'never called' }, { title: 'since' }, { title: 'file' }], rows, style.quiet),
      ...(left > 0 ? [`… ${left} more: ask for more with --limit, or for one folder with --under`] : []),
      '',
    ];
  });
  if (never === null)
    return [
      ...lines,
      'No file of these services is in this repository: run it in theirs to see the files that never ran.',
    ];
  const of = deployments.map(({ service, version }) => neutralise(`${service} ${version}`)).join(', ');
  const left = never.count - never.files.length;
  return [
    ...lines,
    `${never.count} of ${never.of} source files were loaded by no process of ${of}${never.truncated ? ' (not all of the repository was looked at)' : ''}`,
    ...never.files.map((file) => `  ${neutralise(file)}`),
    ...(left > 0 ? [`… ${left} more: ask for more with --limit, or for one folder with --under`] : []),
  ];
}
