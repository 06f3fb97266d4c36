import { statSync } from 'node:fs';
import type { Policy } from '@runlens/protocol/policy';
import { ProblemError } from '../http/problems.ts';
import { PolicyError, readPolicy } from './read-policy.ts';

/** Looked at again after so many milliseconds. */
const freshFor = 1_000;

/** The policy as it is in its file now. */
export class PolicyFile {
  readonly #path: string;
  readonly #now: () => number;
  #policy: Policy = {};
  #wrong: string | undefined;
  #changed: string | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(path: string, now: () => number) {
    this.#path = path;
    this.#now = now;
  }

  /** What decides. Throws a problem while the file cannot be followed: then nothing is placed. */
  current(): Policy {
    this.#refresh();
    if (this.#wrong !== undefined)
      throw new ProblemError('unavailable', `No probe is placed while the policy cannot be followed. ${this.#wrong}`);
    return this.#policy;
  }

  /** What is secret: the last that could be read, so that a mistake in the file shows nothing. */
  lastGood(): Policy {
    this.#refresh();
    return this.#policy;
  }

  /** What is wrong with it, for the operator. */
  problem(): string | undefined {
    this.#refresh();
    return this.#wrong;
  }

  #refresh(): void {
    const time = this.#now();
    if (time - this.#lookedAt < freshFor) return;
    this.#lookedAt = time;
    const changed = fingerprint(this.#path);
    if (changed === this.#changed) return;
    this.#changed = changed;
    try {
      this.#policy = readPolicy(this.#path);
      this.#wrong = undefined;
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      this.#wrong = error.message;
    }
  }
}

function fingerprint(path: string): string {
  try {
    const { mtimeMs, ino, size } = statSync(path);
    return `${ino}:${mtimeMs}:${size}`;
  } catch {
    return 'none';
  }
}
