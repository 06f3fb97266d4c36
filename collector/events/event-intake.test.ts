/** Floods, duplicates and what survives. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redactor } from '@runlens/protocol/redaction/redactor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventBook, type ToldChange } from './event-book.ts';
import { EventFile } from './event-file.ts';
import { EventIntake } from './event-intake.ts';
import { message, minute, now } from './testing.ts';

let folder: string;
let file: EventFile;
let book: EventBook;
let intake: EventIntake;
let at = now;
let told: ToldChange[] = [];

function open(): void {
  file = new EventFile(folder, at);
  book = new EventBook(file);
  const redactor = new Redactor();
  intake = new EventIntake({
    ...{ book, redactor: () => redactor, now: () => at },
    onChange: (changes) => told.push(...changes),
    onProblem: (error) => {
      throw error;
    },
  });
}
function close(): void {
  intake.close();
  file.close();
}
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlens-events-'));
  at = now;
  told = [];
  open();
});
afterEach(() => {
  close();
  rmSync(folder, { recursive: true, force: true });
});

const send = (...messages: readonly Partial<Parameters<typeof message>[0]>[]) =>
  intake.take(
    'alertmanager',
    messages.map((each) => ({ message: message(each), evidence: { told: each?.key, password: 'hunter2hunter2' } })),
  );

describe('taking events in', () => {
  it('keeps them over a restart, with what was sent, and without what is secret in it', async () => {
    expect(await send({ key: 'one', title: 'a token=ghp_abcdefghijklmnopqrstuvwxyz0123456789' })).toEqual({
      ...{ taken: 1, known: 0, folded: 0 },
    });
    close();
    open();
    const [record] = [...book.records];
    expect(record?.message.title).toContain('[redacted]');
    const [evidence] = file.evidence(record?.id ?? '');
    expect(JSON.parse(evidence?.payload ?? '')).toEqual({ told: 'one', password: '[redacted]' });
  });

  it('tells what is known already once', async () => {
    await send({});
    expect(await send({}, {})).toEqual({ taken: 0, known: 2, folded: 0 });
    expect(told.map(({ change }) => change)).toEqual(['fired']);
  });

  it('sums up a flood of 10,000 in a minute, and goes on with what it knows', async () => {
    await send({ key: 'before', at: now - minute });
    const answers = [];
    for (let i = 0; i < 10_000; i += 100) {
      at = now + i * 6;
      const some = Array.from({ length: 100 }, (_, j) => ({ key: `new-${i + j}`, labels: { service: 'shop' } }));
      answers.push(await send(...some));
    }
    const folded = answers.reduce((sum, each) => sum + each.folded, 0);
    // So many at once and so many a minute: 300 each.
    expect(folded).toBeGreaterThanOrEqual(9_400);
    expect([...book.records].length).toBe(10_000 - folded + 2);
    const flood = [...book.records].find(({ message: { kind } }) => kind === 'flood');
    expect(flood).toMatchObject({ state: 'firing', message: { severity: 'warning' } });
    expect(flood?.message.detail).toContain('of shop');
    expect(await send({ key: 'before', state: 'resolved', at: at })).toEqual({ taken: 1, known: 0, folded: 0 });
    at += 2 * minute;
    await send({ key: 'after' });
    expect([...book.records].find(({ message: { kind } }) => kind === 'flood')?.state).toBe('resolved');
  });

  it('ends a flood of which the counts are gone', async () => {
    await send(...Array.from({ length: 400 }, (_, i) => ({ key: `${i}` })));
    expect([...book.records].find(({ message: { kind } }) => kind === 'flood')?.state).toBe('firing');
    close();
    open();
    expect([...book.records].find(({ message: { kind } }) => kind === 'flood')?.state).toBe('resolved');
  });

  it('refuses what would wait for too long, and says when to come again', async () => {
    const many = () => send(...Array.from({ length: 6_000 }, (_, i) => ({ key: `${i}` })));
    const first = many();
    await expect(many()).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 });
    expect(await first).toMatchObject({ taken: 300, folded: 5_700 });
  });

  it('says of one that comes and goes only that it does', async () => {
    for (let i = 0; i < 8; i += 1) {
      at = now + i * 2 * minute;
      await send({ at });
      await send({ at: at + minute, state: 'resolved', startedAt: at });
    }
    expect(told.map(({ change }) => change)).toEqual([
      ...['fired', 'resolved', 'again', 'resolved', 'again', 'resolved', 'flapping'],
    ]);
  });
});
