import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { AuditEntry } from '@runlens/protocol/audit';
import { homeFiles } from '@runlens/protocol/home';
import { AuditLog } from './audit-log.ts';

/**
 * Writes what was done on this machine without the collector, to a log of its own: a chain has one writer, so whoever
 * calls it holds the lock of the home folder. Throws an `AuditError`.
 */
export function recordLocally(home: string, action: AuditEntry['action'], subject: string): void {
  const log = new AuditLog(join(home, homeFiles.audit, 'local'), Date.now);
  try {
    log.append({
      actor: { name: userInfo().username, kind: 'person', role: 'admin' },
      action,
      subject,
      outcome: 'done',
    });
  } finally {
    log.close();
  }
}
