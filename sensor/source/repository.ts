import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';

/** What a checkout tells about itself. Read from its files: a service's machine need not have git. */
export interface Repository {
  /** The working tree's top folder. */
  readonly root: string;
  /** The commit that is checked out, in hex. */
  readonly revision: string | undefined;
  /** The remote named origin, else the only one; without user name and password. */
  readonly url: string | undefined;
}

/** Folders above a file that are looked at, at most. */
const mostLevels = 64;
/** A symbolic ref that points to another, and so on. */
const mostSymbolicRefs = 5;

/** The nearest folder at or above `folder` that holds `name`, or nothing. */
export function folderWith(name: string, folder: string): string | undefined {
  let at = resolve(folder);
  for (let level = 0; level < mostLevels; level += 1) {
    if (existsSync(join(at, name))) return at;
    const parent = dirname(at);
    if (parent === at) return undefined;
    at = parent;
  }
  return undefined;
}

/** The top of the working tree around a folder. Cheap: it looks only for `.git`. */
export function repositoryRoot(folder: string): string | undefined {
  return folderWith('.git', folder);
}

/** Reads the checkout whose top folder is `root`. What cannot be read is left out; never throws. */
export function readRepository(root: string): Repository {
  const gitFolder = findGitFolder(root);
  if (gitFolder === undefined) return { root, revision: undefined, url: undefined };
  // A worktree has its own HEAD, and shares refs and configuration with the main one.
  const common = readText(join(gitFolder, 'commondir'));
  const commonFolder = common === undefined ? gitFolder : resolve(gitFolder, common.trim());
  const configuration = readText(join(commonFolder, 'config'));
  return {
    root,
    revision: readRevision(gitFolder, commonFolder),
    url: configuration === undefined ? undefined : remoteUrl(configuration),
  };
}

/** The URL of the remote in a git configuration file, without credentials. */
export function remoteUrl(configuration: string): string | undefined {
  const urls = new Map<string, string>();
  let remote: string | undefined;
  for (const line of configuration.split(/\r?\n/)) {
    const section = /^\s*\[\s*([^\]\s"]+)\s*(?:"((?:[^"\\]|\\.)*)")?\s*\]/.exec(line);
    if (section) remote = section[1]?.toLowerCase() === 'remote' ? section[2] : undefined;
    const url = /^\s*url\s*=\s*(.*?)\s*$/i.exec(line)?.[1];
    if (remote !== undefined && url && !urls.has(remote)) urls.set(remote, url);
  }
  const url = urls.get('origin') ?? (urls.size === 1 ? [...urls.values()][0] : undefined);
  return url === undefined ? undefined : withoutCredentials(url.replace(/^"(.*)"$/, '$1'));
}

/** A remote's URL without user, password and query; `git@host:path` becomes `https://host/path`. */
export function withoutCredentials(url: string): string | undefined {
  const scp = /^(?:[^@/\s]+@)?([^:/\s]{2,}):(?!\/\/)(.+)$/.exec(url);
  if (scp && !url.includes('://')) return `https://${scp[1]}/${(scp[2] ?? '').replace(/^\/+/, '')}`;
  try {
    const parsed = new URL(url);
    // A path on the machine is of no use to anybody elsewhere.
    if (parsed.protocol === 'file:') return undefined;
    const scheme = parsed.protocol === 'ssh:' || parsed.protocol === 'git:' ? 'https:' : parsed.protocol;
    const port = scheme === parsed.protocol && parsed.port !== '' ? `:${parsed.port}` : '';
    return `${scheme}//${parsed.hostname}${port}${parsed.pathname}`;
  } catch {
    return undefined;
  }
}

function findGitFolder(root: string): string | undefined {
  const path = join(root, '.git');
  try {
    if (statSync(path).isDirectory()) return path;
  } catch {
    return undefined;
  }
  const target = /^gitdir:\s*(.+?)\s*$/m.exec(readText(path) ?? '')?.[1];
  if (target === undefined) return undefined;
  return isAbsolute(target) ? target : resolve(root, target);
}

function readRevision(gitFolder: string, commonFolder: string): string | undefined {
  let ref = 'HEAD';
  for (let depth = 0; depth < mostSymbolicRefs; depth += 1) {
    const text = readText(join(gitFolder, ref)) ?? readText(join(commonFolder, ref));
    if (text === undefined) return packedRevision(commonFolder, ref);
    const next = /^ref:\s*(\S+)/.exec(text)?.[1];
    if (next === undefined) return hex(text);
    // The name comes from a file: it must not lead out of the folder.
    if (next.split('/').includes('..') || isAbsolute(next)) return undefined;
    ref = next;
  }
  return undefined;
}

function packedRevision(commonFolder: string, ref: string): string | undefined {
  for (const line of (readText(join(commonFolder, 'packed-refs')) ?? '').split('\n')) {
    const [revision, name] = line.trim().split(' ');
    if (name === ref) return hex(revision ?? '');
  }
  return undefined;
}

const hex = (text: string): string | undefined => /^[0-9a-f]{40,64}$/.exec(text.trim())?.[0];

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
