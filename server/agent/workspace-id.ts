import { createHash } from 'node:crypto';

/** By which the processes of one agent's session know each other; `root`: of the working copy, as the system knows it. */
export const workspaceId = (root: string): string => createHash('sha256').update(root).digest('hex').slice(0, 32);
