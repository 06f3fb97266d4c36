import { readFileSync } from 'node:fs';
import type { FunctionIdentity } from '../export/batch.ts';
import type { LoadedSource, UnmeasuredFunction } from '../export/metrics.ts';
import { rootedPath } from '../load/first-party.ts';
import type { LoadedFile } from '../load/loaded-file.ts';
import { debug, warn } from '../log.ts';
import { blobId } from './blob.ts';
import { identifyThroughMap } from './mapped-identity.ts';
import { sourceMapOf } from './source-map.ts';

/** Which function a slot counts for, and which of its numbers are that function's. */
export interface SlotIdentity {
  readonly identity: FunctionIdentity;
  /**
   * An `async` function that was lowered is two built ones: the outer has its calls (and ends before its promise does, so
   * that its duration means nothing), the generator inside has its errors.
   */
  readonly tells: 'all' | 'callsAndErrors' | 'errors';
}

/** Who the functions of one loaded file are. */
export interface FileIdentities {
  /** In the order of the file's functions; nothing: the numbers of that one are not told. */
  readonly functions: readonly (SlotIdentity | undefined)[];
  /** The text is built from others: its lines are not theirs. */
  readonly isBuilt: boolean;
  readonly sources: readonly LoadedSource[];
  readonly unmeasured: readonly UnmeasuredFunction[];
}

export interface IdentityOptions {
  /** Absolute path of the folder that file paths are relative to. */
  readonly root: string;
  readonly isFirstParty: (path: string) => boolean;
}

/**
 * The identities of a file's functions in the source as written: through its source map where it has one that fits,
 * else as they are in the text that was loaded. Reads files; never throws.
 */
export function identify(file: LoadedFile, options: IdentityOptions): FileIdentities {
  const map = sourceMapOf(file.path, file.text);
  const path = rootedPath(options.root, file.path);
  if (map.kind === 'found') {
    try {
      const mapped = identifyThroughMap(file, map, options);
      if (mapped.kind === 'identified') return mapped.identities;
      warn(
        `${path}: its source map does not fit (${mapped.problem}); its functions keep the names of the built text`,
        'source map',
      );
    } catch (error) {
      warn(`${path}: its source map cannot be read; its functions keep the names of the built text`, 'source map');
      debug(String(error));
    }
  } else if (map.kind === 'broken') {
    warn(
      `${path}: its source map cannot be used (${map.problem}); its functions keep the names of the built text`,
      'source map',
    );
  }
  return identifyAsLoaded(file, path);
}

function identifyAsLoaded(file: LoadedFile, path: string): FileIdentities {
  const whole = { name: '', file: path, line: 0 };
  return {
    functions: file.functions.map(({ name, line }) => ({ identity: { name, file: path, line }, tells: 'all' })),
    isBuilt: false,
    sources: [{ file: path, blob: writtenBlob(file.path) }],
    unmeasured: [
      ...(file.unreadable === undefined ? [] : [{ ...whole, reason: file.unreadable }]),
      ...file.skipped
        .filter(({ counted }) => !counted)
        .map(({ name, line, reason }) => ({ name, file: path, line, reason })),
    ],
  };
}

/** The blob of what lies on disk: what was loaded may have been stripped of types by Node. */
function writtenBlob(path: string): string | undefined {
  try {
    return blobId(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
