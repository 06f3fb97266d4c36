/** Reads an audit log and follows its chain. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { auditFile, digestOf, genesis, type Head, hashOf, longestLine, readHead, readRecord } from './audit-chain.ts';

interface Read {
  /** Good records, from the first on. */
  readonly records: number;
  /** Of the last good one. */
  readonly head: string;
  /** What the log tells of itself: a record that was cut off, an end that had gone. */
  readonly notes: readonly string[];
}
export type AuditVerdict =
  | (Read & { readonly ok: true })
  | (Read & { readonly ok: false; readonly line: number; readonly problem: string });

const mostNotes = 50;
/** Lines in a row that writers left who were ended, each while it told of the one before. */
const mostTorn = 20;

/**
 * `expected`: a head that was noted elsewhere. Whoever may write the log and its head could make both anew; a record whose
 * hash somebody else has noted they cannot. May be asked while the log is written.
 */
export function verifyAudit(folder: string, expected?: Head): AuditVerdict {
  // The head first: what is written meanwhile is in the log then, and not the other way around.
  const kept = readHead(folder);
  let head: Head = { number: 0, hash: genesis };
  let torn: string[] = [];
  let line = 0;
  const notes: string[] = [];
  const note = (text: string): void => {
    if (notes.length < mostNotes) notes.push(text);
  };
  const verdict = (): Read => ({ records: head.number, head: head.hash, notes });
  const wrong = (at: number, problem: string): AuditVerdict => ({ ...verdict(), ok: false, line: at, problem });
  let endsWhole = true;
  for (const { text, whole } of linesOf(join(folder, auditFile))) {
    line += 1;
    endsWhole = whole;
    const record = whole ? readRecord(text) : undefined;
    if (!record) {
      torn.push(text);
      if (torn.length > mostTorn) return wrong(line - mostTorn, 'It is no record.');
      continue;
    }
    if (torn.length > 0) {
      const named = record.action === 'log.recovered' && record.subject === digestOf(torn.join('\n'));
      if (!named)
        return wrong(line - torn.length, 'It is no record, and the one after it does not name it as cut off.');
      torn = [];
    }
    if (record.number !== head.number + 1)
      return wrong(line, `Record ${head.number + 1} is missing: here is number ${record.number}.`);
    if (record.previous !== head.hash) return wrong(line, 'It does not follow the record before it.');
    if (hashOf(record) !== record.hash) return wrong(line, 'It was changed after it was written.');
    head = { number: record.number, hash: record.hash };
    for (const known of [kept, expected]) {
      if (known?.number === head.number && known.hash !== head.hash)
        return wrong(line, 'It is another record than the one that was written: all from here on may be made up.');
    }
    if (record.action === 'log.recovered' || record.action === 'log.damaged')
      note(`Record ${record.number}, ${record.at}: ${record.reason ?? record.action}`);
  }
  for (const known of [kept, expected]) {
    if (known && known.number > head.number) {
      return wrong(
        line + 1,
        `The log ends at record ${head.number}, and ${known.number} were written: its end was removed.`,
      );
    }
  }
  if (torn.length > 0 && endsWhole) return wrong(line - torn.length + 1, 'It is no record.');
  if (torn.length > 0) note(`Line ${line} is not whole: it is being written, or its writer was ended.`);
  if (!kept && head.number > 0) {
    return wrong(
      line + 1,
      'The head is missing, which says how many records there are: the end may have been removed.',
    );
  }
  return { ...verdict(), ok: true };
}

/** Without a limit on the file; a line longer than any record is given in parts. `whole`: a line end follows. */
function* linesOf(path: string): Generator<{ readonly text: string; readonly whole: boolean }> {
  if (!existsSync(path)) return;
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.alloc(longestLine);
    let rest = Buffer.alloc(0);
    for (;;) {
      const length = readSync(file, chunk, 0, chunk.length, null);
      if (length === 0) break;
      rest = Buffer.concat([rest, chunk.subarray(0, length)]);
      let from = 0;
      for (let end = rest.indexOf(0x0a); end !== -1; end = rest.indexOf(0x0a, from)) {
        yield { text: rest.toString('utf8', from, end), whole: true };
        from = end + 1;
      }
      rest = rest.subarray(from);
      if (rest.length > 4 * longestLine) {
        yield { text: rest.toString('utf8'), whole: true };
        rest = Buffer.alloc(0);
      }
    }
    if (rest.length > 0) yield { text: rest.toString('utf8'), whole: false };
  } finally {
    closeSync(file);
  }
}
