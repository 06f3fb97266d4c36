/** Checks the statements of documents against the store, and writes what holds now in the place of what does not. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { neutralise, type ProductionFacts } from '@runlens/agent';
import {
  checkStatement,
  type StatementSources,
  type StatementStanding,
} from '@runlens/agent/statements/check-statement';
import { type Statement, statementsIn, withValues } from '@runlens/agent/statements/statement-text';
import { Redactor } from '@runlens/protocol/redaction/redactor';
import { CommittedFunctions } from '@runlens/server/documents/committed-functions';
import { Git } from '@runlens/server/git/git';
import { committedText } from '../agents-block/commit.ts';
import { type ChangeTarget, type FileChange, makeChanges } from '../agents-block/make-changes.ts';
import { exitCodes } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import { codeOwners, codeOwnersPlaces } from './code-owners.ts';
import { type StatedDocument, statedDocuments } from './documents.ts';

const mostStatements = 1_000;

export interface DocumentsRequest {
  readonly root: string;
  /** Paths; empty: the whole repository. */
  readonly only: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly facts: Pick<ProductionFacts, 'profiles'>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface CheckedStatement {
  readonly path: string;
  readonly line: number;
  /** Absent where the mark cannot be read. */
  readonly statement?: Statement;
  readonly standing: StatementStanding | { readonly kind: 'malformed'; readonly why: string };
}

interface Checked {
  readonly document: StatedDocument;
  readonly statements: readonly CheckedStatement[];
}

/** Rejects where git or the collector cannot be asked. */
export async function checkDocuments(request: DocumentsRequest): Promise<readonly CheckedStatement[]> {
  const { root, only, environment } = request;
  return await withSources(request, async (sources) => {
    const checked = await checkAll(await statedDocuments(root, only, environment), sources);
    return checked.flatMap(({ statements }) => statements);
  });
}

export interface UpdateResult {
  /** As they were. */
  readonly statements: readonly CheckedStatement[];
  readonly changed: readonly string[];
  readonly commit?: string;
  /** Why nothing was changed. */
  readonly refused?: string;
}

export async function updateDocuments(
  request: DocumentsRequest,
  to: ChangeTarget,
  check: string | undefined,
): Promise<UpdateResult> {
  const { root, only, environment } = request;
  return await withSources(request, async (sources) => {
    const checked = await checkAll(await statedDocuments(root, only, environment), sources);
    const statements = checked.flatMap((each) => each.statements);
    const refused = (why: string): UpdateResult => ({ statements, changed: [], refused: why });
    const changes: FileChange[] = [];
    for (const { document, statements: own } of checked) {
      const values = own.flatMap(({ statement, standing }) =>
        statement && standing.kind === 'stale' && standing.value !== undefined
          ? [{ statement, value: standing.value }]
          : [],
      );
      if (values.length === 0) continue;
      const { path, text } = document;
      if (
        to.kind !== 'files' &&
        (await committedText(root, to.kind === 'branch' ? to.name : undefined, path, environment)) !== text
      ) {
        return refused(`${path} is not as it was committed: commit it, or leave the change in the files`);
      }
      const after = withValues(text, values);
      const wrong = await whatIsWrong(path, after, values.length, sources);
      if (wrong !== undefined) return refused(`${path}: ${wrong}`);
      changes.push({ file: path, before: text, after });
    }
    if (changes.length === 0) return { statements, changed: [] };
    const made = await makeChanges(changes, {
      root,
      to,
      check,
      environment,
      message: (passed) => messageOf(statements, request.now, passed),
    });
    if (made.kind === 'refused') return refused(made.why);
    return {
      statements,
      changed: changes.map(({ file }) => file),
      ...(made.commit !== undefined && { commit: made.commit }),
    };
  });
}

async function withSources<T>(
  { root, environment, facts, now }: DocumentsRequest,
  work: (sources: StatementSources) => Promise<T>,
): Promise<T> {
  const git = new Git({ trusted: () => true, environment });
  try {
    const head = await git.commit(root, 'HEAD');
    if (head === undefined) {
      throw new CliFailure(exitCodes.failure, 'There is no commit to hold the names against: commit first.');
    }
    using committed = new CommittedFunctions(root, git, head);
    return await work({
      ...{ facts, now, exists: (file, name) => committed.has(file, name) },
      ownersOf: codeOwners(await ownersText(root)),
    });
  } finally {
    git.dispose();
  }
}

async function ownersText(root: string): Promise<string | undefined> {
  for (const place of codeOwnersPlaces) {
    const text = await readFile(join(root, place), 'utf8').catch(() => undefined);
    if (text !== undefined) return text;
  }
  return undefined;
}

async function checkAll(documents: readonly StatedDocument[], sources: StatementSources): Promise<readonly Checked[]> {
  const all: Checked[] = [];
  let left = mostStatements;
  for (const document of documents) {
    const statements: CheckedStatement[] = [];
    for (const found of document.statements.slice(0, left)) {
      const { path } = document;
      if (found.kind === 'malformed') {
        statements.push({ path, line: found.line, standing: { kind: 'malformed', why: found.reason } });
        continue;
      }
      const { statement } = found;
      statements.push({ path, line: statement.line, statement, standing: await checkStatement(statement, sources) });
    }
    left -= statements.length;
    all.push({ document, statements });
  }
  return all;
}

const redactor = new Redactor();

/** What keeps a text from being written; undefined: nothing. It has to say what the store says, and nothing else of it may have changed. */
async function whatIsWrong(
  path: string,
  after: string,
  renewed: number,
  sources: StatementSources,
): Promise<string | undefined> {
  let holding = 0;
  for (const found of statementsIn(path, after)) {
    if (found.kind === 'malformed') continue;
    if (redactor.text(found.statement.value).redacted > 0) return 'a value looks like a secret';
    if ((await checkStatement(found.statement, sources)).kind === 'holds') holding += 1;
  }
  return holding >= renewed ? undefined : 'what would be written does not hold either: run it again';
}

function messageOf(statements: readonly CheckedStatement[], now: number, check: string): string {
  const stale = statements.filter(({ standing }) => standing.kind === 'stale' && standing.value !== undefined);
  return [
    `Documents say what production does now (${stale.length} ${stale.length === 1 ? 'statement' : 'statements'})`,
    '',
    ...stale.slice(0, 50).map(({ path, line, statement, standing }) => {
      const value = standing.kind === 'stale' ? (standing.value ?? '') : '';
      return `${path}:${line}: ${statement?.metric} of ${statement?.function ?? statement?.file}: ${neutralise(statement?.value ?? '', 100)}, now ${neutralise(value, 100)}.`;
    }),
    '',
    `Checked against the store at ${new Date(now).toISOString()}; "${check.replace(/\s+/g, ' ').slice(0, 200)}" passes.`,
    '',
  ].join('\n');
}
