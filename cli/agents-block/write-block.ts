/** The life of the managed block in the files of a repository: made, renewed, left alone, checked, committed. */
import { createHash } from 'node:crypto';
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProductionFacts } from '@runlens/agent';
import { checkBlock } from '@runlens/agent/block/block-check';
import {
  type BlockFacts,
  type BlockScope,
  blockVersion,
  type Exists,
  gatherBlock,
} from '@runlens/agent/block/block-facts';
import { findBlock, withBlock } from '@runlens/agent/block/block-text';
import { CommittedFunctions } from '@runlens/server/documents/committed-functions';
import { Git } from '@runlens/server/git/git';
import { committedText } from './commit.ts';
import { type ChangeTarget, makeChanges } from './make-changes.ts';

/** Where agents look for what they must know. */
export const blockFiles = ['AGENTS.md', 'CLAUDE.md', '.github/copilot-instructions.md'] as const;

export interface BlockRequest extends BlockScope {
  readonly root: string;
  readonly files: readonly string[];
  readonly to: ChangeTarget;
  /** The repository's own; absent: `npm run check`, where there is one. */
  readonly check?: string | undefined;
  readonly processEnvironment: NodeJS.ProcessEnv;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly signal?: AbortSignal;
}

export interface BlockOutcome {
  readonly file: string;
  readonly kind: 'written' | 'unchanged' | 'edited' | 'refused';
  readonly why: string;
}

export interface BlockResult {
  readonly outcomes: readonly BlockOutcome[];
  /** The id of the commit. */
  readonly commit?: string;
}

const mostBytes = 1_000_000;
const fingerprint = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

export async function writeBlock(
  facts: Pick<ProductionFacts, 'services' | 'hot' | 'findings'>,
  request: BlockRequest,
): Promise<BlockResult> {
  const { root, processEnvironment: environment, now, signal } = request;
  const git = new Git({ trusted: () => true, environment });
  try {
    const head = await git.commit(root, 'HEAD');
    if (head === undefined)
      return all(request, 'refused', 'there is no commit to hold the names against; commit first');
    using committed = new CommittedFunctions(root, git, head);
    const exists: Exists = (file, name) => committed.has(file, name);
    const known = await gatherBlock(facts, exists, request, now(), signal);
    if (known.services.length === 0)
      return all(request, 'refused', 'no service reports to this collector in this selection');
    const outcomes: BlockOutcome[] = [];
    const planned: Planned[] = [];
    for (const file of request.files) {
      const plan = await planOf(file, known, request);
      if ('kind' in plan) outcomes.push(plan);
      else planned.push(plan);
    }
    if (planned.length === 0) return { outcomes };
    for (const { file, after } of planned) {
      const wrong = await checkBlock({
        text: after,
        facts: known,
        fingerprint,
        exists,
        production: facts,
        now: now(),
        signal,
      });
      if (wrong.length > 0) {
        const why = `not valid: ${wrong.slice(0, 5).join('; ')}`;
        return {
          outcomes: [
            ...outcomes,
            ...planned.map((each) => refused(each.file, each.file === file ? why : `as ${file} is not valid`)),
          ],
        };
      }
    }
    return await carryOut(planned, outcomes, known, request);
  } finally {
    git.dispose();
  }
}

interface Planned {
  readonly file: string;
  /** On disk; undefined: it is not there. */
  readonly before: string | undefined;
  readonly after: string;
  readonly why: string;
}

const refused = (file: string, why: string): BlockOutcome => ({ file, kind: 'refused', why });
const all = ({ files }: BlockRequest, kind: BlockOutcome['kind'], why: string): BlockResult => ({
  outcomes: files.map((file) => ({ file, kind, why })),
});

async function planOf(
  file: string,
  facts: BlockFacts,
  { root, to, processEnvironment: environment }: BlockRequest,
): Promise<Planned | BlockOutcome> {
  const path = join(root, file);
  const parts = file.split('/');
  for (const [index] of parts.entries()) {
    const found = await lstat(join(root, ...parts.slice(0, index + 1))).catch(() => undefined);
    if (found?.isSymbolicLink()) return refused(file, 'it is, or lies behind, a link: name the file that it leads to');
    if (found && index === parts.length - 1 && (!found.isFile() || found.size > mostBytes)) {
      return refused(file, 'it is no file of at most 1 MB');
    }
  }
  const onDisk = await readFile(path, 'utf8').catch(() => undefined);
  const before = to.kind === 'branch' ? await committedText(root, to.name, file, environment) : onDisk;
  if (to.kind === 'commit' && onDisk !== (await committedText(root, undefined, file, environment))) {
    return refused(file, 'it has changes that are not committed: commit them, or leave the block in the files');
  }
  const found = findBlock(before ?? '', fingerprint);
  if (found.kind === 'broken') return refused(file, found.reason);
  if (found.kind === 'block' && found.edited) {
    return {
      ...{ file, kind: 'edited' },
      why: 'somebody has edited the block, so it stays as they wrote it; take it out with its marks to have it written again',
    };
  }
  const version = blockVersion(facts);
  if (found.kind === 'block' && found.version === version) {
    return { file, kind: 'unchanged', why: 'nothing that matters has changed since it was written' };
  }
  const after = withBlock(before ?? '', facts, fingerprint);
  const why = found.kind === 'none' ? 'it had none' : reasonOf(found.body, findBody(after));
  return { file, before: onDisk, after, why };
}

const findBody = (text: string): string => {
  const found = findBlock(text, fingerprint);
  return found.kind === 'block' ? found.body : '';
};

/** What the block names now and did not, and the other way round. */
function reasonOf(before: string, after: string): string {
  const named = (text: string): Map<string, string> =>
    new Map(
      text.split('\n').flatMap((line) => {
        const name = /^\| (`[^`]+`) \| (`[^`]+`)|^- (\S+ [^,:]*)/.exec(line);
        return name ? [[name[1] === undefined ? (name[3] ?? line) : `${name[1]} ${name[2]}`, line]] : [];
      }),
    );
  const [old, fresh] = [named(before), named(after)];
  const come = [...fresh.keys()].filter((name) => !old.has(name));
  const gone = [...old.keys()].filter((name) => !fresh.has(name));
  const moved = [...fresh].filter(([name, line]) => old.has(name) && old.get(name) !== line).map(([name]) => name);
  const list = (what: string, names: readonly string[]): string[] =>
    names.length === 0
      ? []
      : [`${what} ${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`];
  const reasons = [...list('new:', come), ...list('gone:', gone), ...list('other numbers:', moved)];
  return reasons.join('; ') || 'another order';
}

async function carryOut(
  planned: readonly Planned[],
  outcomes: readonly BlockOutcome[],
  facts: BlockFacts,
  request: BlockRequest,
): Promise<BlockResult> {
  const { root, to, processEnvironment: environment } = request;
  const written = planned.map(({ file, why }): BlockOutcome => ({ file, kind: 'written', why }));
  const fail = (why: string): BlockResult => ({
    outcomes: [...outcomes, ...planned.map(({ file }) => refused(file, why))],
  });
  const made = await makeChanges(planned, {
    ...{ root, to, check: request.check, environment },
    message: (check) => messageOf(planned, facts, check),
  });
  if (made.kind === 'refused') return fail(made.why);
  return { outcomes: [...outcomes, ...written], ...(made.commit !== undefined && { commit: made.commit }) };
}

function messageOf(planned: readonly Planned[], { window, functions, findings }: BlockFacts, check: string): string {
  const files = planned.map(({ file }) => file).join(', ');
  return [
    `Tell agents what production does now (${files})`,
    '',
    ...planned.map(({ file, why }) => `${file}: ${why}.`),
    '',
    `Measured from ${window.since} to ${window.until}. Checked: ${functions.length} functions and ${findings.length} findings`,
    `against the store and the last commit; "${check.replace(/\s+/g, ' ').slice(0, 200)}" passes.`,
    '',
  ].join('\n');
}
