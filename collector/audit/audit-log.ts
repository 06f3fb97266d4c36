/**
 * Who placed, read, changed or was refused what: one JSON document a line, only ever appended, each with the hash of the
 * one before it, so that whoever changes or removes one breaks the chain from there on. The head (number and hash of the
 * last record) is kept beside it: a log that was cut off at its end is found, too.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { type AuditEntry, type AuditRecord, auditRecordSchema } from '@runlens/protocol/audit';

export const auditFile = 'audit.ndjson';
export const auditHeadFile = 'audit.head.json';
const genesis = '0'.repeat(64);
/** Of one record; longer texts are cut before. */
const longestLine = 16_384;

interface Head {
  readonly number: number;
  readonly hash: string;
}

/** Of a record without its hash: its canonical JSON, keys in the order of the schema. */
export function hashOf(record: Omit<AuditRecord, 'hash'>): string {
  const { number, at, actor, action, subject, outcome, reason, details, previous } = record;
  const canonical = JSON.stringify([
    number,
    at,
    actor.name,
    actor.kind,
    actor.role,
    actor.session ?? null,
    action,
    subject,
    outcome,
    reason ?? null,
    details ?? null,
    previous,
  ]);
  return createHash('sha256').update(canonical).digest('hex');
}

export class AuditLog {
  readonly #folder: string;
  readonly #file: number;
  readonly #now: () => number;
  #head: Head;

  /** Throws where the folder cannot be written, and where the log's last record is not whole and cannot be set right. */
  constructor(folder: string, now: () => number) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#folder = folder;
    this.#now = now;
    const path = join(folder, auditFile);
    const existed = existsSync(path);
    this.#file = openSync(path, 'a+', 0o600);
    const last = existed ? this.#readEnd() : { head: { number: 0, hash: genesis }, torn: undefined };
    this.#head = last.head;
    if (last.torn !== undefined) {
      // Of a write that a crash cut off: it is closed by a line end, and named, so that the chain goes on in the open.
      writeSync(this.#file, '\n');
      this.append({
        actor: { name: 'collector', kind: 'person', role: 'admin' },
        action: 'log.recovered',
        subject: createHash('sha256').update(last.torn).digest('hex'),
        outcome: 'done',
        reason: 'The collector was killed while it wrote a record: the line before is not whole.',
      });
    }
  }

  /** Durable when it returns. */
  append(entry: AuditEntry): AuditRecord {
    const body = {
      number: this.#head.number + 1,
      at: new Date(this.#now()).toISOString(),
      ...bounded(entry),
      previous: this.#head.hash,
    };
    const record: AuditRecord = { ...body, hash: hashOf(body) };
    writeSync(this.#file, `${JSON.stringify(record)}\n`);
    fsyncSync(this.#file);
    this.#head = { number: record.number, hash: record.hash };
    this.#writeHead();
    return record;
  }

  close(): void {
    closeSync(this.#file);
  }

  #writeHead(): void {
    const path = join(this.#folder, auditHeadFile);
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, `${JSON.stringify(this.#head)}\n`, { mode: 0o600 });
    renameSync(draft, path);
  }

  #readEnd(): { head: Head; torn: string | undefined } {
    const { size } = statSync(join(this.#folder, auditFile));
    const length = Math.min(size, 4 * longestLine);
    const bytes = Buffer.alloc(length);
    readSync(this.#file, bytes, 0, length, size - length);
    const lines = bytes.toString('utf8').split('\n');
    const torn = lines.pop() || undefined;
    for (let at = lines.length - 1; at >= 0; at -= 1) {
      const record = readRecord(lines[at] ?? '');
      if (record) return { head: { number: record.number, hash: record.hash }, torn };
    }
    if (size > 0 && lines.length > 0) {
      throw new Error(
        `the audit log ${join(this.#folder, auditFile)} has no record at its end that can be read: run "runlens audit verify", and move it aside`,
      );
    }
    return { head: { number: 0, hash: genesis }, torn };
  }
}

function bounded(entry: AuditEntry): AuditEntry {
  const cut = (text: string): string => (text.length > 2000 ? `${text.slice(0, 2000)}…` : text);
  return {
    ...entry,
    subject: cut(entry.subject),
    ...(entry.reason === undefined ? {} : { reason: cut(entry.reason) }),
    ...(entry.details === undefined ? {} : { details: cut(entry.details) }),
  };
}

function readRecord(line: string): AuditRecord | undefined {
  try {
    const parsed = auditRecordSchema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

export type AuditVerdict =
  | { readonly ok: true; readonly records: number }
  | { readonly ok: false; readonly records: number; readonly line: number; readonly problem: string };

/** Reads the whole log and follows its chain. */
export function verifyAudit(folder: string): AuditVerdict {
  const path = join(folder, auditFile);
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  let head: Head = { number: 0, hash: genesis };
  let torn: string | undefined;
  const wrong = (at: number, problem: string): AuditVerdict => ({
    ok: false,
    records: head.number,
    line: at + 1,
    problem,
  });
  for (const [at, line] of lines.entries()) {
    const record = readRecord(line);
    if (!record) {
      if (torn !== undefined) return wrong(at, 'It is no record.');
      torn = line;
      continue;
    }
    if (torn !== undefined) {
      const named =
        record.action === 'log.recovered' && record.subject === createHash('sha256').update(torn).digest('hex');
      if (!named) return wrong(at - 1, 'It is no record, and the one after it does not name it as cut off.');
      torn = undefined;
    }
    if (record.number !== head.number + 1)
      return wrong(at, `Record ${head.number + 1} is missing: here is number ${record.number}.`);
    if (record.previous !== head.hash) return wrong(at, 'It does not follow the record before it.');
    if (hashOf(record) !== record.hash) return wrong(at, 'It was changed after it was written.');
    head = { number: record.number, hash: record.hash };
  }
  const kept = readHead(folder);
  if (kept && kept.number > head.number) {
    return wrong(
      lines.length,
      `The log ends at record ${head.number}, and ${kept.number} were written: its end was removed.`,
    );
  }
  if (kept && kept.number === head.number && kept.hash !== head.hash) {
    return wrong(lines.length, 'The last record is not the one that was written.');
  }
  return { ok: true, records: head.number };
}

function readHead(folder: string): Head | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(join(folder, auditHeadFile), 'utf8'));
    if (typeof value !== 'object' || value === null) return undefined;
    const number = Reflect.get(value, 'number');
    const hash = Reflect.get(value, 'hash');
    return typeof number === 'number' && typeof hash === 'string' ? { number, hash } : undefined;
  } catch {
    return undefined;
  }
}
