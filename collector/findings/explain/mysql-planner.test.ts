import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { planOf, planOfMysql } from './mysql-planner.ts';
import { comparedColumns, withSupposedValues } from './supposed-values.ts';

const sockets = new Set<Socket>();
let server: Server | undefined;

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server?.close();
});

it('a server that says nothing, and never closes its end, is not waited for for ever', async () => {
  server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `mysql://reader:hunter2@127.0.0.1:${typeof address === 'object' ? address?.port : ''}/shop`;
  const outcome = await planOfMysql(url, 'SELECT 1');
  expect(outcome).toMatchObject({ kind: 'failed', reason: expect.stringMatching(/^MySQL would not plan it \(/) });
  expect(JSON.stringify(outcome)).not.toContain('hunter2');
}, 60_000);

it.each(['postgresql://reader@127.0.0.1/shop', 'not an address', ''])(
  'an address such as "%s" is told as none',
  async (url) => {
    expect(await planOfMysql(url, 'SELECT 1')).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('mysql://role'),
    });
  },
);

it('nobody who listens is told with what to do', async () => {
  const outcome = await planOfMysql('mysql://reader:hunter2@127.0.0.1:9/shop', 'SELECT 1');
  expect(outcome).toEqual({ kind: 'failed', reason: 'MySQL would not plan it (ECONNREFUSED): nobody listens there' });
});

describe('values are supposed', () => {
  const types = new Map([
    ['email', 'varchar'],
    ['born', 'date'],
    ['city', 'int'],
  ]);
  it.each([
    ['WHERE email = ? AND city > ?', "WHERE email = 'a1' AND city > 2"],
    ['WHERE u.`Email` IN (?, ?) LIMIT ? OFFSET ?', "WHERE u.`Email` IN ('a1', 'a2') LIMIT 10 OFFSET 10"],
    ['WHERE born BETWEEN ? AND ? OR city = ?', "WHERE born BETWEEN '2000-01-02' AND '2000-01-03' OR city = 3"],
    ['WHERE email NOT LIKE ? AND other <=> ?', "WHERE email NOT LIKE '%a%' AND other <=> 2"],
    ['SELECT ? FROM t', 'SELECT 1 FROM t'],
    ['ON u.email = o.email AND o.city = ? LIMIT ?, ?', 'ON u.email = o.email AND o.city = 1 LIMIT 10, 10'],
  ])('%s', (shape, expected) => {
    expect(withSupposedValues(shape, types)).toBe(expected);
  });
  it('by the columns that they are compared with', () => {
    expect(comparedColumns('SELECT a FROM t WHERE `B` = ? AND c IN (?, ?) AND d > 1 LIMIT ?')).toEqual(['b', 'c']);
  });
});

describe('the answers of both servers are read', () => {
  it('of MySQL', () => {
    const table = (table_name: string, access_type: string, rest = {}) => ({
      table: { table_name, access_type, rows_examined_per_scan: 9, ...rest },
    });
    const answer = {
      query_block: {
        ordering_operation: {
          using_filesort: true,
          nested_loop: [
            table('u', 'ALL'),
            table('o', 'ref', { key: 'orders_by_owner' }),
            table('p', 'ALL', { possible_keys: ['p_by_a'] }),
            table('<derived2>', 'ALL'),
          ],
        },
      },
    };
    expect(planOf(answer)).toEqual({
      scans: [
        { table: 'u', rows: 9, weighed: undefined },
        { table: 'p', rows: 9, weighed: ['p_by_a'] },
      ],
      sorts: true,
      indexes: ['orders_by_owner'],
    });
    expect(planOf({ query_block: { ordering_operation: { using_filesort: false } } }).sorts).toBe(false);
  });
  it.each([null, 'text', [], { query_block: { table: { table_name: 1, access_type: 'ALL' } } }])(
    'and %j tells nothing',
    (answer) => {
      expect(planOf(answer)).toEqual({ scans: [], sorts: false, indexes: [] });
    },
  );
});
