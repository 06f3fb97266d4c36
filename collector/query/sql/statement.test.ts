import { expect, test } from 'vitest';
import { refusal } from './statement.ts';

test.each([
  'SELECT 1',
  "select * from functions where file like '%;%' -- the end; of it",
  'WITH hot AS (SELECT * FROM functions) SELECT * FROM hot;',
  'VALUES (1), (2)',
  '/* why; */ SELECT "update", [delete], `drop` FROM functions;  -- done',
  "SELECT replace(statement, 'it''s; DROP TABLE x', '') FROM queries",
])('a statement that reads may run: %s', (sql) => {
  expect(refusal(sql)).toBeUndefined();
});

test.each([
  ["ATTACH '/tmp/x.db' AS x", 'Only SELECT'],
  ["VACUUM INTO '/tmp/x.db'", 'Only SELECT'],
  ['PRAGMA query_only = 0', 'Only SELECT'],
  ['EXPLAIN SELECT 1', 'Only SELECT'],
  ['DELETE FROM functions', 'Only SELECT'],
  ['CREATE TEMP TABLE t(x)', 'Only SELECT'],
  ['REPLACE INTO functions VALUES (1)', 'Only SELECT'],
  ['(SELECT 1)', 'Only SELECT'],
  ["\ufeffATTACH 'x' AS x", 'Only SELECT'],
  ['\ufeffSELECT 1', 'Only SELECT'],
  ['', 'Only SELECT'],
  ['-- SELECT 1', 'Only SELECT'],
  ["/* SELECT */ ATTACH 'x' AS x", 'Only SELECT'],
  ["SELECT 1; ATTACH '/tmp/x.db' AS x", 'one statement'],
  ['SELECT 1;;', 'one statement'],
  [';SELECT 1', 'one statement'],
  ['SELECT 1; -- and\nSELECT 2', 'one statement'],
  ['WITH x AS (SELECT 1) DELETE FROM functions', 'DELETE is not possible'],
  ['WITH x AS (SELECT 1) INSERT INTO functions SELECT * FROM x', 'INSERT is not possible'],
  ["SELECT load_extension('/tmp/x.so')", 'LOAD_EXTENSION is not possible'],
  ["SELECT * FROM pragma_table_info('functions')", 'Settings'],
  ['SELECT * FROM "pragma_database_list"', 'Settings'],
  ['SELECT * FROM [pragma_database_list]', 'Settings'],
  ["SELECT * FROM 'pragma_database_list'", 'Settings'],
  ["SELECT 'never ends", 'does not end'],
  ['SELECT 1 /* never ends', 'does not end'],
  ['SELECT 1\0; ATTACH', 'NUL'],
])('anything else is refused: %s', (sql, reason) => {
  expect(refusal(sql)).toContain(reason);
});
