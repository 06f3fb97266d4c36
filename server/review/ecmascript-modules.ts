/** Which packages reach outside the process, and which of their methods do: the rest builds, configures or listens. */
import type { ReachKind } from '@runlens/agent/review/change';

const byPackage: Readonly<Record<string, ReachKind>> = {
  '@clickhouse/client': 'database',
  '@elastic/elasticsearch': 'database',
  '@neondatabase/serverless': 'database',
  '@prisma/client': 'database',
  'better-sqlite3': 'database',
  'cassandra-driver': 'database',
  'drizzle-orm': 'database',
  ioredis: 'database',
  knex: 'database',
  kysely: 'database',
  mariadb: 'database',
  memcached: 'database',
  mongodb: 'database',
  mongoose: 'database',
  mssql: 'database',
  mysql: 'database',
  mysql2: 'database',
  'neo4j-driver': 'database',
  'node:sqlite': 'database',
  oracledb: 'database',
  pg: 'database',
  'pg-promise': 'database',
  postgres: 'database',
  redis: 'database',
  'redbean-node': 'database',
  sequelize: 'database',
  sqlite3: 'database',
  typeorm: 'database',
  axios: 'network',
  got: 'network',
  'node:dns': 'network',
  'node:http': 'network',
  'node:https': 'network',
  'node:http2': 'network',
  'node:net': 'network',
  'node:tls': 'network',
  'node-fetch': 'network',
  ky: 'network',
  nodemailer: 'network',
  superagent: 'network',
  undici: 'network',
  'fs-extra': 'files',
  'graceful-fs': 'files',
  'node:fs': 'files',
};

const nodeModules = new Set(['sqlite', 'dns', 'http', 'https', 'http2', 'net', 'tls', 'fs']);

/** `node:fs/promises`, `fs`, `mysql2/promise` and `pg` alike; undefined: nothing is known of it. */
export function reachOfModule(specifier: string): ReachKind | undefined {
  const bare = specifier.replace(/^node:/, '');
  const root = bare.startsWith('@') ? bare.split('/', 2).join('/') : (bare.split('/', 1)[0] ?? '');
  return byPackage[nodeModules.has(root) ? `node:${root}` : root];
}

const databaseMethod =
  /^(?:query|execute|exec|run|get|all|each|iterate|values|raw|find\w*|load|store|trash\w*|getAll|getRow|getCell|getCol|first|count\w*|aggregate\w*|insert\w*|update\w*|delete\w*|destroy\w*|create(?:Many\w*)?|upsert|save|remove|replaceOne|bulkWrite|distinct|batch|none|one|oneOrNone|many|manyOrNone|any|search|bulk|index|[hlsz]?(?:get|set|m?set|del|exists|incr|decr|incrby|expire|push|pop|add|rem|range|card|members|getall)|mget|setex|setnx|publish|\$(?:queryRaw|executeRaw)\w*)$/;
const networkMethod =
  /^(?:fetch|request|get|post|put|patch|delete|head|stream|pipeline|connect|createConnection|lookup|resolve\w*|sendMail)$/;
/** What only looks at a path, or makes an object. */
const filesMethod =
  /^(?:f?(?:stat|chmod|chown|sync|utimes|truncate)|access|appendFile|copyFile|cp|createReadStream|createWriteStream|exists|link|lstat|mkdir|mkdtemp|open|opendir|read|readFile|readdir|readlink|readv|realpath|rename|rm|rmdir|symlink|unlink|write|writeFile|writev|ensureDir|ensureFile|outputFile|outputJson|readJson|writeJson|copy|move|emptyDir|pathExists|glob)(?:Sync)?$/;

/** Whether a method of something that comes from such a package does the operation. */
export function performs(kind: ReachKind, method: string): boolean {
  if (kind === 'database') return databaseMethod.test(method);
  return (kind === 'network' ? networkMethod : filesMethod).test(method);
}

/** Calling the package's own export is the operation: `axios(…)`, `got(…)`, `fetch(…)`. */
export const callableModules = /^(?:axios|got|ky|node-fetch|superagent)$/;

/** Methods of object mappers that nothing else has, on a receiver that nothing is known of. */
export const mapperMethod =
  /^(?:findOneAnd(?:Update|Delete|Replace)|findByIdAnd(?:Update|Delete)|findByPk|findAndCountAll|findOrCreate|countDocuments|estimatedDocumentCount|insertMany|updateMany|deleteMany|insertOne|updateOne|deleteOne|bulkWrite|findMany|findUnique|findUniqueOrThrow|findFirst|findFirstOrThrow|\$queryRaw|\$executeRaw)$/;
/** The same on a receiver that is written as a class is: `User.findOne`. */
export const modelMethod = /^(?:findAll|findOne|findById|findOneBy|findOneOrFail|findAllInBatches)$/;
export const databaseReceiver = /^#?_?(?:db|database|pool|knex|pgPool|mysqlPool|sequelize)$/i;
export const statementMethod =
  /^(?:query|execute|exec|run|get|all|each|raw|unsafe|none|one|oneOrNone|many|manyOrNone|any|getAll|getRow|getCell|getCol|queryRaw\w*|\$queryRaw\w*|\$executeRaw\w*)$/;
const statement =
  /^\s*(?:(SELECT)\b[\s\S]*?\bFROM\s+["'`[]?([\w.]+)|(INSERT)\s+(?:OR\s+\w+\s+)?INTO\s+["'`[]?([\w.]+)|(UPDATE)\s+["'`[]?([\w.]+)["'`\]]?\s+SET\b|(DELETE)\s+FROM\s+["'`[]?([\w.]+)|(WITH)\s+([\w]+)\s+AS\s*\()/i;

/** `SELECT orders`, without any value; undefined: it is no statement of SQL. */
export function statementSummary(text: string): string | undefined {
  const match = statement.exec(text.slice(0, 4_000));
  const [verb, table] = match?.slice(1).filter((part) => part !== undefined) ?? [];
  return verb === undefined ? undefined : `${verb.toUpperCase()} ${table ?? ''}`.trim();
}
