import type { CollectorClient } from '../collector-client.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { CollectorLocation } from '../home.ts';
import type { Session } from '../session.ts';

export type Finding =
  | { readonly status: 'ok'; readonly finding: string }
  | { readonly status: 'skipped'; readonly finding: string }
  /** Runlens works, less well than it could. */
  | { readonly status: 'warning'; readonly finding: string; readonly remedy: string }
  /** Something of Runlens does not work. */
  | { readonly status: 'failed'; readonly finding: string; readonly remedy: string; readonly exitCode: ExitCode };

export interface DoctorContext {
  readonly session: Session;
  /** The absolute path of the home folder, which need not exist. */
  readonly home: string;
  readonly location: CollectorLocation;
  /** The health that the collector told, asked once for all checks; rejects when it cannot be reached. */
  readonly health: () => ReturnType<CollectorClient['health']>;
  readonly client: CollectorClient;
}

export interface Check {
  readonly name: string;
  readonly run: (context: DoctorContext) => Promise<Finding>;
}
