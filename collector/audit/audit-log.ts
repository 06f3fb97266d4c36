/**
 * Who placed, read, changed or was refused what: one JSON document a line, only ever appended, each with the hash of the
 * one before it, so that whoever changes or removes one breaks the chain from there on. The head (number and hash of the
 * last record) is kept beside it: a log that was cut off at its end is found, too, and goes on after what was cut off.
 */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { AuditEntry, AuditRecord } from '@runlens/protocol/audit';
import {
  auditFile,
  auditHeadFile,
  digestOf,
  genesis,
  type Head,
  hashOf,
  longestLine,
  readHead,
  readRecord,
} from './audit-chain.ts';

/** A record cannot be written. What it was to tell of must not happen then. */
export class AuditError extends Error {
  override readonly name = 'AuditError';
}

/** Records that wait for room on the disk; of what is beyond only the number is told. */
const mostOwed = 1_000;

interface Owed {
  readonly at: number;
  readonly entry: AuditEntry;
}

export class AuditLog {
  readonly #folder: string;
  readonly #now: () => number;
  #file: number;
  #head: Head;
  /** Bytes of whole records, and of what a crash has left behind them. */
  #size: number;
  /** The last line has no end: the next record begins with one. */
  #torn: boolean;
  /** A write failed, and what it left could not be cut off. */
  #unclean = false;
  readonly #owed: Owed[] = [];
  #forgotten = 0;
  #failure: string | undefined;
  readonly #found: string | undefined;

  /** Only one at a time may be open for a folder. Throws where the folder cannot be used. */
  constructor(folder: string, now: () => number) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#folder = folder;
    this.#now = now;
    this.#file = this.#open();
    const { end, torn } = this.#readEnd();
    this.#size = fstatSync(this.#file).size;
    if (this.#size === 0) this.#beginHead();
    const kept = readHead(folder);
    this.#torn = torn !== undefined && !torn.endsWith('\n');
    // What was written is what the head says: where the log says less, it goes on after the gap and not over it.
    const lost =
      kept !== undefined && (kept.number > end.number || (kept.number === end.number && kept.hash !== end.hash));
    this.#head = lost ? kept : end;
    if (torn !== undefined) {
      this.owe({
        ...bySelf,
        action: 'log.recovered',
        subject: digestOf(torn.replace(/\n$/, '')),
        reason: 'What stands before is not a whole record: its writer was ended while it wrote.',
      });
    }
    this.#found = lost
      ? `The log ended at record ${end.number}, and ${kept.number} were written: its end was removed or changed while no collector ran.`
      : kept === undefined && end.number > 1
        ? 'The head of the log was missing: whether records at its end were removed before this one nobody can say.'
        : undefined;
    if (this.#found !== undefined)
      this.owe({ ...bySelf, action: 'log.damaged', subject: auditFile, outcome: 'failed', reason: this.#found });
  }

  /** No record was ever written. */
  get isNew(): boolean {
    return this.#head.number === 0;
  }

  /** For the operator. */
  get problems(): readonly string[] {
    const waiting = this.#owed.length + this.#forgotten;
    return [
      ...(this.#found === undefined ? [] : [`The audit log was damaged (runlens audit verify): ${this.#found}`]),
      ...(this.#failure === undefined
        ? []
        : [
            `The audit log cannot be written (${this.#failure}): no probe is placed and no capture is read until it can; free some space.${waiting === 0 ? '' : ` ${waiting} records wait.`}`,
          ]),
    ];
  }

  /** Durable when it returns. Throws an {@link AuditError}; then the log is as it was. */
  append(entry: AuditEntry): AuditRecord {
    try {
      this.#settle();
      return this.#write(this.#now(), entry);
    } catch (error) {
      this.owe({ ...entry, outcome: 'failed', reason: 'It could not be recorded then, and was not done.' });
      throw error;
    }
  }

  /** Of what has happened and cannot be undone: written now, or as soon as it can be. */
  owe(entry: AuditEntry): void {
    if (this.#owed.length < mostOwed) this.#owed.push({ at: this.#now(), entry });
    else this.#forgotten += 1;
    this.settle();
  }

  /** Tries to write what waits. */
  settle(): void {
    try {
      this.#settle();
    } catch (error) {
      if (!(error instanceof AuditError)) throw error;
    }
  }

  close(): void {
    this.settle();
    closeSync(this.#file);
  }

  #settle(): void {
    for (let next = this.#owed[0]; next !== undefined; next = this.#owed[0]) {
      this.#write(next.at, next.entry);
      this.#owed.shift();
    }
    if (this.#forgotten === 0) return;
    this.#write(this.#now(), {
      ...bySelf,
      action: 'log.damaged',
      subject: auditFile,
      outcome: 'failed',
      reason: `${this.#forgotten} records could not be kept while the log could not be written.`,
    });
    this.#forgotten = 0;
  }

  #write(at: number, entry: AuditEntry): AuditRecord {
    const body = {
      number: this.#head.number + 1,
      at: new Date(at).toISOString(),
      ...bounded(entry),
      previous: this.#head.hash,
    };
    const record: AuditRecord = { ...body, hash: hashOf(body) };
    const bytes = Buffer.from(`${this.#torn ? '\n' : ''}${JSON.stringify(record)}\n`);
    try {
      if (this.#unclean) this.#cutBack();
      if (fstatSync(this.#file).nlink === 0) this.#openAnew();
      // A disk that has room for a part takes that part.
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#file, bytes, written);
      fsyncSync(this.#file);
      this.#writeHead({ number: record.number, hash: record.hash });
    } catch (error) {
      this.#failure = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
      this.#unclean = true;
      try {
        this.#cutBack();
      } catch {
        // Tried again before the next record.
      }
      throw new AuditError(
        `The audit log cannot be written (${this.#failure}), and what is not recorded is not done: free some space on the collector's disk, and try again.`,
        { cause: error },
      );
    }
    this.#failure = undefined;
    this.#size += bytes.length;
    this.#torn = false;
    this.#head = { number: record.number, hash: record.hash };
    return record;
  }

  /** To what was there before a write that failed. */
  #cutBack(): void {
    try {
      ftruncateSync(this.#file, this.#size);
    } catch {
      // Windows cuts no file that is open for appending only.
      truncateSync(join(this.#folder, auditFile), this.#size);
    }
    this.#unclean = false;
  }

  #open(): number {
    return openSync(join(this.#folder, auditFile), 'a+', 0o600);
  }

  /** Somebody has removed it: what follows shows by its number that others are missing. */
  #openAnew(): void {
    const file = this.#open();
    closeSync(this.#file);
    this.#file = file;
    this.#size = fstatSync(file).size;
  }

  #writeHead(head: Head): void {
    const path = join(this.#folder, auditHeadFile);
    const draft = `${path}.${process.pid}`;
    try {
      writeFileSync(draft, `${JSON.stringify(head)}\n`, { mode: 0o600 });
      renameSync(draft, path);
    } catch (error) {
      rmSync(draft, { force: true });
      throw error;
    }
  }

  /** There before the first record: a log that has records and no head was changed, and not cut off by a crash. */
  #beginHead(): void {
    if (readHead(this.#folder) !== undefined) return;
    try {
      this.#writeHead({ number: 0, hash: genesis });
    } catch {
      // Nor can a record be written, and that is told when one is to be.
    }
  }

  /** The last record, and what stands behind it. */
  #readEnd(): { readonly end: Head; readonly torn: string | undefined } {
    const { size } = fstatSync(this.#file);
    const length = Math.min(size, 4 * longestLine);
    const bytes = Buffer.alloc(length);
    readSync(this.#file, bytes, 0, length, size - length);
    const lines = bytes.toString('utf8').split('\n');
    for (let at = lines.length - 2; at >= 0; at -= 1) {
      const record = readRecord(lines[at] ?? '');
      if (!record) continue;
      const torn = lines.slice(at + 1).join('\n');
      return { end: { number: record.number, hash: record.hash }, torn: torn === '' ? undefined : torn };
    }
    return { end: { number: 0, hash: genesis }, torn: length === 0 ? undefined : lines.join('\n') };
  }
}

/** Of what the collector does by itself. */
export const bySelf = { actor: { name: 'collector', kind: 'person', role: 'admin' }, outcome: 'done' } as const;

function bounded(entry: AuditEntry): AuditEntry {
  const cut = (text: string): string => (text.length > 2000 ? `${text.slice(0, 2000)}…` : text);
  return {
    ...entry,
    subject: cut(entry.subject),
    ...(entry.reason === undefined ? {} : { reason: cut(entry.reason) }),
    ...(entry.details === undefined ? {} : { details: cut(entry.details) }),
  };
}
