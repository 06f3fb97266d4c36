import { describe, expect, it } from 'vitest';
import { plannable } from './plannable.ts';

describe('a statement of telemetry', () => {
  it.each([
    ['SELECT a FROM t WHERE b = $1 AND c IN (?) LIMIT ?', 'SELECT a FROM t WHERE b = $1 AND c IN ($2) LIMIT $3'],
    ['select "Name"::text from "T" as t where t.id = ?', 'select "Name"::text from "T" as t where t.id = $1'],
    ['WITH x AS (SELECT 1) SELECT * FROM x', 'WITH x AS (SELECT 1) SELECT * FROM x'],
    ['UPDATE t SET a = ? WHERE b = ?', 'UPDATE t SET a = $1 WHERE b = $2'],
    ['DELETE FROM t WHERE b < ?', 'DELETE FROM t WHERE b < $1'],
  ])('may be planned by PostgreSQL: %s', (statement, sql) => {
    expect(plannable(statement, 'postgresql')).toEqual({ kind: 'plannable', sql });
  });
  it('keeps the placeholders of SQLite', () => {
    const statement = 'SELECT [odd name] FROM `t` WHERE a = ? AND b = :name AND c = ?2';
    expect(plannable(statement, 'sqlite')).toEqual({ kind: 'plannable', sql: statement });
  });

  it('keeps the placeholders and the quotes of MySQL', () => {
    const statement = 'SELECT `odd name` FROM `t` WHERE a = ? LIMIT ?, ?';
    expect(plannable(statement, 'mysql')).toEqual({ kind: 'plannable', sql: statement });
  });
  it.each([
    'UPDATE t SET a = ?',
    'DELETE FROM t',
    'WITH x AS (SELECT 1) DELETE FROM t',
    'SELECT SLEEP(?)',
    'SELECT load_file(?)',
    'SELECT 1 # and so on',
    'SELECT @a := 1',
    'SELECT "text"',
    'SELECT :name',
  ])('is not planned by MySQL: %s', (statement) => {
    expect(plannable(statement, 'mysql').kind).toBe('refused');
  });

  it.each([
    'SELECT 1; DROP TABLE t',
    "SELECT 'text'",
    'SELECT 1 -- and so on',
    'SELECT /* x */ 1',
    'SELECT $$x$$',
    'SELECT * INTO copy FROM t',
    'SELECT a FROM t WHERE b = ?…',
    'INSERT INTO t VALUES (?)',
    'WITH gone AS (INSERT INTO t VALUES (?) RETURNING a) SELECT * FROM gone',
    'EXPLAIN ANALYZE DELETE FROM t',
    'ANALYZE SELECT 1',
    'DROP TABLE t',
    'COPY t TO PROGRAM ?',
    'ATTACH ? AS x',
    'PRAGMA writable_schema = 1',
    '(SELECT 1)',
    'SELECT "unended',
    `SELECT ${'a, '.repeat(2_000)} b`,
    '',
  ])('is not planned: %s', (statement) => {
    for (const system of ['postgresql', 'mysql', 'sqlite'] as const) {
      expect(plannable(statement, system).kind).toBe('refused');
    }
  });
});
