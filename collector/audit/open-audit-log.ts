import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { homeFiles } from '@runlens/protocol/home';
import { auditFile, auditFolder, readHead } from './audit-chain.ts';
import { AuditLog } from './audit-log.ts';

/**
 * The log of the collector that holds this data folder. Its first record names the log that collectors once wrote to the
 * home folder, if there is one, by its last record: that log stays where it is, as it is.
 */
export function openAuditLog(dataFolder: string, home: string, now: () => number): AuditLog {
  const log = new AuditLog(join(dataFolder, auditFolder), now);
  const earlier = join(home, homeFiles.audit);
  if (!log.isNew || !existsSync(join(earlier, auditFile))) return log;
  const head = readHead(earlier);
  log.owe({
    actor: { name: 'collector', kind: 'person', role: 'admin' },
    action: 'log.begun',
    subject: head?.hash ?? 'unknown',
    outcome: 'done',
    reason: `The log before this one is in ${earlier}${head === undefined ? '' : ` and ends with record ${head.number}`}.`,
  });
  return log;
}
