import { describe, expect, it } from 'vitest';
import { type SqlDialect, sqlShape } from './sql.ts';

const dialects: readonly SqlDialect[] = ['postgresql', 'mysql', 'sqlite'];

describe('no literal stays, whatever stands around it', () => {
  const everywhere: readonly (readonly [string, string])[] = [
    ["SELECT * FROM t WHERE a = 'secret'", 'SELECT * FROM t WHERE a = ?'],
    ["SELECT 'it''s secret', b FROM t", 'SELECT ?, b FROM t'],
    ["SELECT '' FROM t WHERE b='secret'", 'SELECT ? FROM t WHERE b=?'],
    ["SELECT * FROM t WHERE a = 'no end secret", 'SELECT * FROM t WHERE a = ?'],
    ["SELECT * FROM t WHERE a = N'secret' AND x = X'5EC4E7'", 'SELECT * FROM t WHERE a = ? AND x = ?'],
    ['SELECT 42, 4.2, .42, 4e2, 0x5ec4e7, -42 FROM t2', 'SELECT ?, ?, ?, ?, ?, -? FROM t2'],
    ['SELECT a1, t1.b2 FROM t1 -- secret\n WHERE c = 1', 'SELECT a1, t1.b2 FROM t1 WHERE c = ?'],
    ["SELECT 1 -- 'secret", 'SELECT ?'],
    ["SELECT /* it's secret */ a FROM t", 'SELECT a FROM t'],
    ['SELECT a FROM t /* secret', 'SELECT a FROM t'],
    ['SELECT `odd name` FROM `t`', 'SELECT `odd name` FROM `t`'],
    ['SELECT * FROM t WHERE id IN (1, 2, 3)', 'SELECT * FROM t WHERE id IN (?)'],
    ['SELECT * FROM t WHERE id IN (?, ?, ?)', 'SELECT * FROM t WHERE id IN (?)'],
    ["INSERT INTO t (a, b) VALUES (1, 'x'), (2, NULL), (-3, 'z')", 'INSERT INTO t (a, b) VALUES (?)'],
    ['INSERT INTO t VALUES (now(), 5)', 'INSERT INTO t VALUES (now(), ?)'],
    ['SELECT * FROM t WHERE (a = 5 OR b = 6)', 'SELECT * FROM t WHERE (a = ? OR b = ?)'],
    ['SELECT f(1, 2), g(a, 2) FROM t;', 'SELECT f(?), g(a, ?) FROM t'],
    ['', ''],
  ];
  for (const dialect of dialects) {
    it.each(everywhere)(`${dialect}: %s`, (statement, shape) => expect(sqlShape(statement, dialect).text).toBe(shape));
  }

  it.each([
    ["SELECT E'it\\'s secret', a", 'SELECT ?, a'],
    ["SELECT 'C:\\', 'secret' FROM t", 'SELECT ?, ? FROM t'],
    ["SELECT $$it's secret$$, a", 'SELECT ?, a'],
    ["SELECT $tag$ $$ ' secret $tag$, a", 'SELECT ?, a'],
    ['SELECT $q$ secret without an end', 'SELECT ?'],
    ["SELECT U&'secret\\0041', a", 'SELECT ?, a'],
    ['SELECT a /* one /* two secret */ secret */ FROM t', 'SELECT a FROM t'],
    ['SELECT "Name"::text FROM "T" WHERE id = $1 AND b = $2', 'SELECT "Name"::text FROM "T" WHERE id = $1 AND b = $2'],
    ['SELECT * FROM t WHERE id = ANY(ARRAY[1,2,3])', 'SELECT * FROM t WHERE id = ANY(ARRAY[?])'],
    ['SELECT a[1] FROM t', 'SELECT a[?] FROM t'],
    ['SELECT * FROM t WHERE id IN ($1, $2, $3)', 'SELECT * FROM t WHERE id IN (?)'],
    ["SELECT data->>'secret' FROM t", 'SELECT data->>? FROM t'],
    ["SELECT interval '1 secret day'", 'SELECT interval ?'],
  ])('postgresql: %s', (statement, shape) => expect(sqlShape(statement, 'postgresql').text).toBe(shape));

  it.each([
    ['SELECT "secret" FROM t', 'SELECT ? FROM t'],
    ["SELECT 'it\\'s secret', a", 'SELECT ?, a'],
    ['SELECT "a \\" secret", b', 'SELECT ?, b'],
    ["SELECT a # it's secret\n FROM t", 'SELECT a FROM t'],
    ["SELECT _utf8mb4'secret' FROM t", 'SELECT ? FROM t'],
    ['SELECT 5--1 FROM t', 'SELECT ?--? FROM t'],
    ['SELECT /*!50000 secret */ a FROM t', 'SELECT a FROM t'],
  ])('mysql: %s', (statement, shape) => expect(sqlShape(statement, 'mysql').text).toBe(shape));

  it.each([
    ['SELECT "name" FROM "t" WHERE "t"."id" = "u"."id"', 'SELECT "name" FROM "t" WHERE "t"."id" = "u"."id"'],
    ['SELECT a FROM t WHERE b = "secret" AND c LIKE "secret"', 'SELECT a FROM t WHERE b = ? AND c LIKE ?'],
    ['SELECT [odd name] FROM [t]', 'SELECT [odd name] FROM [t]'],
    ["SELECT 'C:\\', 'secret' FROM t", 'SELECT ?, ? FROM t'],
    [
      'SELECT a FROM t WHERE b = :name AND c = @other AND d = ?2',
      'SELECT a FROM t WHERE b = :name AND c = @other AND d = ?2',
    ],
  ])('sqlite: %s', (statement, shape) => expect(sqlShape(statement, 'sqlite').text).toBe(shape));

  it('a statement of any length is cut, also within a literal', () => {
    const { text } = sqlShape(`SELECT '${'secret'.repeat(10_000)}', ${'a'.repeat(100)}`, 'postgresql');
    expect(text).toBe('SELECT ?…');
    expect(sqlShape(`SELECT ${'abc, '.repeat(5_000)} d`, 'sqlite').text.length).toBe(2_049);
  });

  it('random texts of quotes and comments let nothing out', () => {
    let state = 7;
    const random = (below: number): number => {
      state = (state * 1103515245 + 12345) & 0x7fffffff;
      return state % below;
    };
    for (let turn = 0; turn < 2_000; turn += 1) {
      const parts = Array.from(
        { length: 1 + random(6) },
        () => `'${['s3cret', "it''s s3cret", '/* s3cret', '-- s3cret', '"s3cret', '$$ s3cret', '`s3cret'][random(7)]}'`,
      );
      const between = [', ', ' /* " */ , ', ' , a AS "x" , ', ' -- it\n , ', ' , `b` , '][random(5)] ?? ', ';
      for (const dialect of dialects) {
        const isMysql = dialect === 'mysql';
        const statement = `SELECT ${parts.join(isMysql ? ' , ' : between)} FROM t`;
        expect(sqlShape(statement, dialect).text, statement).not.toContain('s3cret');
      }
    }
  });
});

describe('a summary names the operations and tables', () => {
  it.each([
    ['select * from orders where id = 1', 'SELECT orders', 'SELECT', 'orders'],
    ['SELECT * FROM a.orders o JOIN "customers" c ON c.id = o.c', 'SELECT a.orders customers', 'SELECT', undefined],
    ['SELECT * FROM songs, artists WHERE x', 'SELECT songs artists', 'SELECT', undefined],
    ['INSERT INTO shipping SELECT * FROM orders', 'INSERT shipping SELECT orders', 'INSERT', undefined],
    ['INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET a = 1', 'INSERT t', 'INSERT', 't'],
    ['UPDATE stock SET reserved = reserved + ? WHERE id = ?', 'UPDATE stock', 'UPDATE', 'stock'],
    ['DELETE FROM carts WHERE old', 'DELETE carts', 'DELETE', 'carts'],
    ['WITH recent AS (SELECT * FROM orders) SELECT * FROM recent', 'SELECT orders SELECT', 'SELECT', 'orders'],
    ['SELECT * FROM t FOR UPDATE', 'SELECT t', 'SELECT', 't'],
    ['CREATE TABLE IF NOT EXISTS t (a)', 'CREATE t', 'CREATE', 't'],
    ['BEGIN', 'BEGIN', 'BEGIN', undefined],
    [
      'SELECT (SELECT sum(q) FROM lines JOIN orders ON 1) FROM stock',
      'SELECT SELECT lines orders stock',
      'SELECT',
      undefined,
    ],
    ['SELECT * FROM generate_series(1, 5)', 'SELECT', 'SELECT', undefined],
  ])('%s', (statement, summary, operation, collection) => {
    const { text: _, ...found } = sqlShape(statement, 'postgresql');
    expect(found).toEqual({ summary, operation, collection });
  });
});
