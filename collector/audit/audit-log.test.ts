import { appendFileSync, mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditEntry } from '@runlens/protocol/audit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditFile, auditHeadFile, hashOf, readHead } from './audit-chain.ts';
import { AuditLog } from './audit-log.ts';
import { verifyAudit } from './verify-audit.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlens-audit-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const entry = (subject: string): AuditEntry => ({
  actor: { name: 'ada', kind: 'person', role: 'prober' },
  action: 'probe.place',
  subject,
  outcome: 'done',
});

function write(count: number): void {
  const log = new AuditLog(folder, () => 1_700_000_000_000);
  for (let at = 0; at < count; at += 1) log.append(entry(`p-${at}`));
  log.close();
}

const path = () => join(folder, auditFile);
const text = () => readFileSync(path(), 'utf8');
const lines = () => text().trimEnd().split('\n');
const rewrite = (all: readonly string[]) => writeFileSync(path(), all.map((line) => `${line}\n`).join(''));

describe('the audit log', () => {
  it('goes on where it ended', () => {
    write(3);
    write(2);
    expect(verifyAudit(folder)).toMatchObject({ ok: true, records: 5, notes: [] });
    expect(lines()).toHaveLength(5);
  });

  it('is whole without a record', () => {
    expect(verifyAudit(folder)).toMatchObject({ ok: true, records: 0 });
  });

  const changes: [string, (all: string[]) => string[], number][] = [
    ['a record was changed', (all) => all.with(1, (all[1] ?? '').replace('p-1', 'p-9')), 2],
    ['who did it was changed', (all) => all.with(2, (all[2] ?? '').replace('ada', 'eve')), 3],
    ['a record was removed', (all) => all.toSpliced(1, 1), 2],
    ['two were exchanged', (all) => [all[0] ?? '', all[2] ?? '', all[1] ?? '', all[3] ?? ''], 2],
    ['the last was removed', (all) => all.slice(0, -1), 4],
    ['all were removed', () => [], 1],
    ['a line is none', (all) => all.with(1, 'nonsense'), 2],
    ['one was put in', (all) => all.toSpliced(1, 0, all[0] ?? ''), 2],
    ['a line was put at the end', (all) => [...all, 'nonsense'], 5],
    ['a field was added', (all) => all.with(1, (all[1] ?? '').replace('{', '{"note":"by eve",')), 2],
    ['a field stands twice', (all) => all.with(1, (all[1] ?? '').replace('{', '{"action":"probe.remove",')), 2],
  ];
  it.each(changes)('is broken where %s', (_, change, line) => {
    write(4);
    rewrite(change(lines()));
    expect(verifyAudit(folder)).toMatchObject({ ok: false, line });
  });

  // What is wrong must not be mended by whoever starts the collector next.
  it.each(changes.filter(([what]) => what !== 'a line was put at the end'))(
    'stays broken after another start where %s',
    (_, change) => {
      write(4);
      rewrite(change(lines()));
      write(1);
      expect(verifyAudit(folder)).toMatchObject({ ok: false });
    },
  );

  it('is broken where the last records were made anew and the head says otherwise', () => {
    write(2);
    const made = JSON.parse(lines()[1] ?? '');
    made.subject = 'p-8';
    rewrite([lines()[0] ?? '', JSON.stringify({ ...made, hash: hashOf(made) })]);
    expect(verifyAudit(folder)).toMatchObject({ ok: false, line: 2 });
    write(1);
    expect(verifyAudit(folder)).toMatchObject({ ok: false });
  });

  it('is whole where its writer was ended after the first record and before its head', () => {
    new AuditLog(folder, () => 0).close();
    const head = readFileSync(join(folder, auditHeadFile), 'utf8');
    const log = new AuditLog(folder, () => 0);
    log.append(entry('p-1'));
    log.close();
    writeFileSync(join(folder, auditHeadFile), head);
    expect(verifyAudit(folder)).toMatchObject({ ok: true, records: 1 });
  });

  it('tells that its head is missing', () => {
    write(3);
    unlinkSync(join(folder, auditHeadFile));
    expect(verifyAudit(folder)).toMatchObject({ ok: false, problem: expect.stringContaining('head') });
    write(1);
    expect(verifyAudit(folder)).toMatchObject({
      ok: true,
      records: 5,
      notes: [expect.stringContaining('nobody can say')],
    });
  });

  it('that was made anew as a whole, with its head, is found by a head that was noted elsewhere', () => {
    write(3);
    const noted = readHead(folder);
    rmSync(folder, { recursive: true });
    const log = new AuditLog(folder, () => 1_700_000_000_000);
    for (const subject of ['a', 'b', 'c', 'd']) log.append(entry(subject));
    log.close();
    expect(verifyAudit(folder)).toMatchObject({ ok: true });
    expect(verifyAudit(folder, noted)).toMatchObject({ ok: false, line: 3 });
  });

  it('tells of a record that was cut off, goes on after it, and names it', () => {
    write(2);
    appendFileSync(path(), '{"number":3,"at":"20');
    expect(verifyAudit(folder)).toMatchObject({
      ok: true,
      records: 2,
      notes: [expect.stringContaining('Line 3 is not whole')],
    });
    write(1);
    expect(verifyAudit(folder)).toMatchObject({ ok: true, records: 4, notes: [expect.stringContaining('Record 3')] });
    expect(lines()[3]).toContain('log.recovered');
  });

  it('goes on also where the record that names what was cut off was cut off, too', () => {
    write(2);
    appendFileSync(path(), '{"number":3,"at":"20\n{"num');
    write(1);
    expect(verifyAudit(folder)).toMatchObject({ ok: true, records: 4 });
  });

  it('goes on where the very first record was cut off', () => {
    writeFileSync(path(), '{"number":1,');
    write(1);
    expect(verifyAudit(folder)).toMatchObject({ ok: true, records: 2 });
  });

  it('is broken where what a crash cut off was changed later', () => {
    write(2);
    appendFileSync(path(), '{"number":3,"at":"20');
    write(1);
    writeFileSync(path(), text().replace('{"number":3,"at":"20\n', '{"number":3,"at":"21\n'));
    expect(verifyAudit(folder)).toMatchObject({ ok: false, line: 3 });
  });

  it('that is removed while it is written is begun anew, and shows what is missing', () => {
    const log = new AuditLog(folder, () => 0);
    log.append(entry('a'));
    unlinkSync(path());
    log.append(entry('b'));
    log.close();
    expect(lines()).toHaveLength(1);
    expect(verifyAudit(folder)).toMatchObject({ ok: false, line: 1, problem: expect.stringContaining('Record 1') });
  });

  it('bounds what it is given', () => {
    const log = new AuditLog(folder, () => 0);
    log.append({ ...entry('\u0001'.repeat(100_000)), reason: '\u0001'.repeat(9_000), details: '😀'.repeat(100_000) });
    log.append(entry('next'));
    log.close();
    expect(text().length).toBeLessThan(40_000);
    write(1);
    expect(verifyAudit(folder)).toMatchObject({ ok: true, records: 3 });
  });

  it('is read to its end however long it is', () => {
    const log = new AuditLog(folder, () => 0);
    for (let at = 0; at < 300; at += 1) log.append({ ...entry(`p-${at}`), details: 'é'.repeat(1_500) });
    log.close();
    expect(text().length).toBeGreaterThan(4 * 65_536);
    expect(verifyAudit(folder)).toMatchObject({ ok: true, records: 300 });
  });
});
