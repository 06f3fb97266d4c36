import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { catalogLimits, defaultRetention } from '../../defaults.ts';
import { profiles } from '../../query/queries.ts';
import { batch, shop } from '../../testing/batches.ts';
import { noon, profileStoreContract } from '../contract.ts';
import { DataFolderInUseError, StorageFullError } from '../profile-store.ts';
import { migrate, NewerStoreError } from './schema.ts';
import { SqliteStore, type SqliteStoreOptions } from './sqlite-store.ts';

let folder: string;
let stores: SqliteStore[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlens-store-'));
  stores = [];
});
afterEach(async () => {
  for (const store of stores) await store.close().catch(() => undefined);
  rmSync(folder, { recursive: true, force: true });
});

const clock = { now: noon };
function open(options: Partial<SqliteStoreOptions> = {}): SqliteStore {
  const store = new SqliteStore({
    folder,
    now: () => clock.now,
    retention: defaultRetention,
    limits: catalogLimits,
    groupCommitMilliseconds: 1,
    ...options,
  });
  stores.push(store);
  return store;
}
const lastHour = { since: noon - 3_600_000, until: noon };
const heldBy = (store: SqliteStore) =>
  new Map(profiles(store, {}, lastHour).profiles.map((each) => [each.function, each.calls]));
const callsOf = (store: SqliteStore, name: string) => heldBy(store).get(name);

const missing = (held: ReadonlyMap<string, number>, acknowledged: ReadonlyMap<string, number>) =>
  [...acknowledged].filter(([name, calls]) => held.get(name) !== calls);

describe('the contract of stores', () => {
  profileStoreContract(async () => {
    let store = open();
    return {
      clock,
      store,
      reopen: async () => {
        await store.close();
        store = open();
        return store;
      },
      dispose: () => store.close(),
    };
  });
});

describe('bad days', () => {
  beforeEach(() => {
    clock.now = noon;
  });

  test('a second collector on the same folder is told so and harms nothing', async () => {
    const store = open();
    expect(() => open()).toThrow(DataFolderInUseError);
    await store.append([batch(noon, [{ name: 'pay' }])]);
    expect(callsOf(store, 'pay')).toBe(1);
  });

  test('a full disk refuses, keeps what it acknowledged, and goes on by itself when there is room', async () => {
    const store = open({ maxPages: 60 });
    const acknowledged = new Map<string, number>();
    const names = (i: number) =>
      Array.from({ length: 100 }, (_, j) => ({ name: `f${i}-${j}`, calls: 1, seconds: 0.01 }));
    let refused: unknown;
    for (let i = 0; i < 100 && refused === undefined; i += 1) {
      try {
        await store.append([batch(noon, names(i))]);
        for (const { name } of names(i)) acknowledged.set(name, 1);
      } catch (error) {
        refused = error;
      }
    }
    expect(refused).toBeInstanceOf(StorageFullError);
    expect(store.problems()).toEqual([expect.stringMatching(/full.*free some space/)]);
    await store.maintain().catch(() => undefined);
    expect(missing(heldBy(store), acknowledged)).toEqual([]);
    await store.close().catch(() => undefined);
    const roomier = open();
    expect(missing(heldBy(roomier), acknowledged)).toEqual([]);
    await roomier.append([batch(noon, names(999))]);
    expect(callsOf(roomier, 'f999-0')).toBe(1);
    expect(roomier.problems()).toEqual([]);
  });

  test('a refused batch leaves nothing behind that a later one would build on', async () => {
    const store = open({ maxPages: 40 });
    const many = Array.from({ length: 5_000 }, (_, i) => ({ name: `f${i}`, calls: 1 }));
    await expect(store.append([batch(noon, many)])).rejects.toThrow(StorageFullError);
    expect(callsOf(store, 'f0')).toBe(0);
    await store.append([batch(noon, [])]).catch(() => undefined);
    expect(callsOf(store, 'f0')).toBe(0);
  });

  test('a file that is no store is moved aside, not deleted, and said', async () => {
    writeFileSync(
      join(folder, 'profiles.sqlite'),
      'this is no database, and longer than its header of 100 bytes'.repeat(9),
    );
    const store = open();
    expect(store.problems()).toEqual([expect.stringMatching(/damaged.*moved to/)]);
    const [aside] = readdirSync(folder).filter((name) => name.startsWith('damaged-'));
    expect(readdirSync(join(folder, aside ?? ''))).toContain('profiles.sqlite');
    await store.append([batch(noon, [{ name: 'pay' }])]);
    expect(callsOf(store, 'pay')).toBe(1);
  });

  test('a store of a later Runlens is refused and left as it is', async () => {
    await open().close();
    const path = join(folder, 'profiles.sqlite');
    const database = new DatabaseSync(path);
    database.exec('PRAGMA user_version = 99');
    database.close();
    expect(() => open()).toThrow(NewerStoreError);
    expect(readdirSync(folder).filter((name) => name.startsWith('damaged-'))).toEqual([]);
  });

  test('a store without tens of minutes is given them', async () => {
    const store = open();
    const calls = [1, 2, 4, 8, 16].map((each, i) => ({ time: noon - (20 + 3 * i) * 60_000, calls: each }));
    for (const { time, calls: each } of calls) {
      await store.append([batch(time, [{ name: 'pay', calls: each, seconds: 0.01 }], { arrival: noon })]);
    }
    await store.close();
    const database = new DatabaseSync(join(folder, 'profiles.sqlite'));
    database.exec('DROP TABLE ten_minutes; DROP TABLE ten_minutes_seconds; PRAGMA user_version = 7');
    database.close();
    expect(profiles(open(), {}, lastHour).profiles[0]).toMatchObject({ calls: 31, duration: { samples: 31 } });
  });

  test('a migration that fails changes nothing', () => {
    const database = new DatabaseSync(':memory:');
    migrate(database, ['CREATE TABLE a (b)']);
    expect(() => migrate(database, ['', 'CREATE TABLE c (d)', 'CREATE TABLE nonsense ('])).toThrow();
    expect(database.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'a' }]);
    migrate(database, ['', 'CREATE TABLE c (d)']);
    expect(database.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'a' }, { name: 'c' }]);
    database.close();
  });

  test('more functions than are kept of a service are refused and counted, the others go on', async () => {
    const store = open({ limits: { ...catalogLimits, functionsOfScope: 3 } });
    const many = Array.from({ length: 5 }, (_, i) => ({ name: `f${i}` }));
    const refused = await store.append([batch(noon, many)]);
    expect([...refused]).toEqual([['more functions or routes than are kept of one service', 2]]);
    expect(callsOf(store, 'f2')).toBe(1);
  });

  test('more versions than are kept are refused and counted', async () => {
    const store = open({ limits: { ...catalogLimits, scopes: 1 } });
    await store.append([batch(noon, [{ name: 'a' }])]);
    const refused = await store.append([batch(noon, [{ name: 'a' }], { instance: { ...shop, version: 'v2' } })]);
    expect([...refused.values()]).toEqual([1]);
  });
});
