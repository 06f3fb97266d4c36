import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditEntry } from '@runlens/protocol/audit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AuditLog, auditFile, verifyAudit } from './audit-log.ts';

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
const lines = () => readFileSync(path(), 'utf8').trimEnd().split('\n');

describe('the audit log', () => {
  it('goes on where it ended', () => {
    write(3);
    write(2);
    expect(verifyAudit(folder)).toEqual({ ok: true, records: 5 });
    expect(lines()).toHaveLength(5);
  });

  it('is whole without a record', () => {
    expect(verifyAudit(folder)).toEqual({ ok: true, records: 0 });
  });

  it.each<[string, (all: string[]) => string[], number]>([
    ['a record was changed', (all) => all.with(1, (all[1] ?? '').replace('p-1', 'p-9')), 2],
    ['who did it was changed', (all) => all.with(2, (all[2] ?? '').replace('ada', 'eve')), 3],
    ['a record was removed', (all) => all.toSpliced(1, 1), 2],
    ['two were exchanged', (all) => [all[0] ?? '', all[2] ?? '', all[1] ?? '', all[3] ?? ''], 2],
    ['the last was removed', (all) => all.slice(0, -1), 4],
    ['all were removed', () => [], 2],
    ['a line is none', (all) => all.with(1, 'nonsense'), 2],
    ['one was put in', (all) => all.toSpliced(1, 0, all[0] ?? ''), 2],
  ])('is broken where %s', (_, change, line) => {
    write(4);
    writeFileSync(path(), `${change(lines()).join('\n')}\n`);
    expect(verifyAudit(folder)).toMatchObject({ ok: false, line });
  });

  it('goes on after a record that a crash cut off, and names it', () => {
    write(2);
    appendFileSync(path(), '{"number":3,"at":"20');
    write(1);
    expect(verifyAudit(folder)).toEqual({ ok: true, records: 4 });
    expect(lines()[3]).toContain('log.recovered');
  });

  it('is broken where what a crash cut off was changed later', () => {
    write(2);
    appendFileSync(path(), '{"number":3,"at":"20');
    write(1);
    writeFileSync(path(), readFileSync(path(), 'utf8').replace('{"number":3,"at":"20\n', '{"number":3,"at":"21\n'));
    expect(verifyAudit(folder)).toMatchObject({ ok: false, line: 3 });
  });

  it('bounds what it is given', () => {
    const log = new AuditLog(folder, () => 0);
    log.append({ ...entry('x'.repeat(100_000)), details: 'y'.repeat(100_000) });
    log.append(entry('next'));
    log.close();
    expect(readFileSync(path(), 'utf8').length).toBeLessThan(6_000);
    expect(verifyAudit(folder)).toEqual({ ok: true, records: 2 });
  });
});
