/**
 * Reads from git repositories, and starts nothing else. A repository is somebody else's work: its configuration may name
 * programs (hooks, a file system monitor, a transport, a pager) that git would run, so every way to them is closed here,
 * and in a workspace that is not trusted git itself is not started.
 */
import { execFile } from 'node:child_process';

export interface GitOptions {
  /** Whether programs may be started in the workspace; asked each time, as trust can be given while the editor runs. */
  readonly trusted: () => boolean;
  readonly environment: NodeJS.ProcessEnv;
}

const deadlineMilliseconds = 5_000;
const mostProcesses = 4;
/** Of one author between two deploys. */
const mostCommits = 500;
/** Longer output (bytes) is refused. */
const mostOutput = 8_000_000;

/** On the command line they go before the repository's own configuration. */
const safeConfiguration = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.sshCommand=false',
  'core.askPass=',
  'credential.helper=',
  'safe.bareRepository=explicit',
].flatMap((setting) => ['-c', setting]);

/** Variables that point git at another repository than the one asked about (`git rev-parse --local-env-vars`). */
const repositoryVariables =
  /^GIT_(ALTERNATE_OBJECT_DIRECTORIES|CONFIG|CONFIG_PARAMETERS|CONFIG_COUNT|OBJECT_DIRECTORY|DIR|WORK_TREE|IMPLICIT_WORK_TREE|GRAFT_FILE|INDEX_FILE|NO_REPLACE_OBJECTS|REPLACE_REF_BASE|PREFIX|SHALLOW_FILE|COMMON_DIR)$/;

/** The environment that git runs in: no prompt, no lock, no pager, no transport, so no object is fetched either. */
function gitEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(([name]) => !repositoryVariables.test(name));
  return {
    ...Object.fromEntries(kept),
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_LAZY_FETCH: '1',
    // Older versions do not know the variable above; without a protocol nothing can be fetched and no program started.
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_PAGER: 'cat',
  };
}

export class Git {
  readonly #options: GitOptions;
  readonly #stop = new AbortController();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: GitOptions) {
    this.#options = options;
  }

  /** False: nothing can be asked now, which says nothing about the repository. */
  get available(): boolean {
    return this.#options.trusted();
  }

  /** The object as it is stored: no filter, no text conversion, no replacement. Undefined when it cannot be had. */
  object(root: string, object: string): Promise<string | undefined> {
    return this.#run(root, ['cat-file', 'blob', object]);
  }

  /** The URL of `origin`; undefined when there is none. */
  async remoteUrl(root: string): Promise<string | undefined> {
    return (await this.#run(root, ['config', '--get', 'remote.origin.url']))?.trim() || undefined;
  }

  /** The person whose working copy it is, as git would write them into a commit. */
  async userName(root: string): Promise<string | undefined> {
    return (await this.#run(root, ['config', '--get', 'user.name']))?.trim() || undefined;
  }

  /** False: git cannot be started at all. */
  async works(root: string): Promise<boolean> {
    return (await this.#run(root, ['--version'])) !== undefined;
  }

  /** Whose commits this repository makes; undefined: it is not set. */
  async userEmail(root: string): Promise<string | undefined> {
    return (await this.#run(root, ['config', '--get', 'user.email']))?.trim() || undefined;
  }

  /** The paths that commits of an author touched after one commit up to another, by their ids. Undefined when they cannot be had. */
  async filesOfAuthor(root: string, email: string, from: string, to: string): Promise<ReadonlySet<string> | undefined> {
    const words = ['log', '--no-show-signature', '--no-ext-diff', '--no-textconv', '--no-renames', '--fixed-strings'];
    const wanted = [`--author=<${email}>`, `--max-count=${mostCommits}`, '--format=', '--name-only', '-z'];
    const told = await this.#run(root, [...words, ...wanted, `${from}..${to}`, '--']);
    return told === undefined ? undefined : new Set(told.split('\0').filter((path) => path !== ''));
  }

  /** The id of the commit that a revision names. */
  async commit(root: string, revision: string): Promise<string | undefined> {
    const words = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
    return (await this.#run(root, words))?.trim() || undefined;
  }

  /** The best common ancestor of two commits, by their ids. */
  async mergeBase(root: string, one: string, other: string): Promise<string | undefined> {
    return (await this.#run(root, ['merge-base', one, other]))?.trim().split('\n')[0] || undefined;
  }

  /**
   * Paths that differ between a commit and another, or the files on disk, as `--raw -z` tells them. Of files on disk no
   * content is looked at, so that no filter of the repository's configuration is run.
   */
  rawDifferences(root: string, from: string, to: string | undefined): Promise<string | undefined> {
    const words = ['--raw', '-z', '--no-abbrev', '--no-renames', '--ignore-submodules=all'];
    return this.#run(
      root,
      to === undefined ? ['diff-index', ...words, from, '--'] : ['diff-tree', '-r', ...words, from, to, '--'],
    );
  }

  /**
   * Files that were renamed between a commit and the index, as `--raw -z` tells them: at least half of the text is the
   * same. Of files on disk no content is looked at.
   */
  renames(root: string, from: string): Promise<string | undefined> {
    const words = ['--raw', '-z', '--no-abbrev', '-M50%', '-l1000', '--diff-filter=R', '--ignore-submodules=all'];
    return this.#run(root, ['diff-index', '--cached', ...words, `${from}^{commit}`, '--']);
  }

  /**
   * The commits between two (the first is not in it) that touched lines (1-based, of the second's text) of a file: a line
   * each, with abbreviated id, date of writing (ISO 8601), author and subject, NUL between them.
   */
  logOfLines(
    root: string,
    of: {
      readonly from: string;
      readonly to: string;
      readonly path: string;
      readonly firstLine: number;
      readonly lastLine: number;
    },
    most: number,
  ): Promise<string | undefined> {
    const safe = ['--no-show-signature', '--no-ext-diff', '--no-textconv', '--no-mailmap'];
    const what = ['--no-patch', '--no-color', '--format=%h%x00%aI%x00%an%x00%s', `--max-count=${most}`];
    const lines = `-L${of.firstLine},${of.lastLine}:${of.path}`;
    return this.#run(root, ['log', ...safe, ...what, lines, `${of.from}..${of.to}`]);
  }

  /** Files with conflicts, as `ls-files --unmerged -z` tells them. */
  unmerged(root: string): Promise<string | undefined> {
    return this.#run(root, ['ls-files', '-z', '--unmerged', '--full-name']);
  }

  /** Files on disk that git does not know and does not ignore, each followed by NUL. */
  untracked(root: string): Promise<string | undefined> {
    return this.#run(root, ['ls-files', '-z', '--others', '--exclude-standard', '--full-name']);
  }

  /** The paths of all files of a commit, each followed by NUL. */
  paths(root: string, commit: string): Promise<string | undefined> {
    return this.#run(root, ['ls-tree', '-r', '-z', '--name-only', '--full-tree', commit]);
  }

  async #run(root: string, words: readonly string[]): Promise<string | undefined> {
    if (this.#running >= mostProcesses) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    // Trust may have been taken back while it waited.
    if (this.#stop.signal.aborted || !this.available) {
      this.#waiting.shift()?.();
      return undefined;
    }
    this.#running += 1;
    try {
      return await new Promise((resolve) => {
        execFile(
          'git',
          ['--no-pager', '--no-replace-objects', ...safeConfiguration, '-C', root, ...words],
          {
            timeout: deadlineMilliseconds,
            maxBuffer: mostOutput,
            windowsHide: true,
            signal: this.#stop.signal,
            env: gitEnvironment(this.#options.environment),
          },
          (error, stdout) => resolve(error ? undefined : stdout),
        );
      });
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  dispose(): void {
    this.#stop.abort();
    for (const resume of this.#waiting.splice(0)) resume();
  }
}
