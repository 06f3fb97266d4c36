/** Asks databases that runlens.yml names how they would answer slow statements, one at a time and seldom, and keeps what they say. */
import type { PlanDatabase, Policy } from '@runlens/protocol/policy';
import { LRUCache } from 'lru-cache';
import type { AuditLog } from '../../audit/audit-log.ts';
import { bySelf } from '../../audit/audit-log.ts';
import { fitsPattern } from '../../policy/pattern.ts';
import { planOfMysql } from './mysql-planner.ts';
import type { PlanOutcome } from './plan.ts';
import { planEvidence } from './plan-evidence.ts';
import { plannable } from './plannable.ts';
import { planOfPostgresql } from './postgresql-planner.ts';
import { planOfSqlite } from './sqlite-planner.ts';

/** A plan changes with indexes and statistics; what failed may have been mended. */
const keptMilliseconds = 15 * 60_000;
const mostKept = 500;
const mostWaiting = 50;
const mostMessage = 200;

export interface ExplainerOptions {
  /** As it is now; throws while it cannot be followed. */
  readonly policy: () => Policy;
  /** Where the addresses of databases stand. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly audit: Pick<AuditLog, 'append'>;
  readonly now: () => number;
}

export interface Statement {
  readonly service: string;
  readonly environment: string;
  /** `db.system.name`. */
  readonly system: string;
  readonly statement: string;
}

interface Kept {
  readonly at: number;
  readonly evidence: readonly string[];
}

export class Explainer {
  readonly #options: ExplainerOptions;
  readonly #kept = new LRUCache<string, Kept>({ max: mostKept });
  readonly #waiting = new Map<string, { readonly asked: Statement; readonly database: PlanDatabase }>();
  #running: Promise<void> | undefined;
  #ended = false;

  constructor(options: ExplainerOptions) {
    this.#options = options;
  }

  /** What is known of the plan of a statement; it is asked for, and known some seconds later. Nothing where no database is named for it. */
  evidence(asked: Statement): readonly string[] {
    const database = this.#databaseOf(asked);
    if (database === undefined) return [];
    const key = JSON.stringify([asked.service, asked.environment, asked.system, asked.statement, database]);
    const kept = this.#kept.get(key);
    if ((kept === undefined || this.#options.now() - kept.at >= keptMilliseconds) && this.#waiting.size < mostWaiting) {
      this.#waiting.set(key, { asked, database });
      this.#running ??= this.#work().finally(() => {
        this.#running = undefined;
      });
    }
    return kept?.evidence ?? [];
  }

  /** Resolves when nothing is asked any more. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async close(): Promise<void> {
    this.#ended = true;
    this.#waiting.clear();
    await this.#running;
  }

  #databaseOf({ service, environment, system }: Statement): PlanDatabase | undefined {
    let policy: Policy;
    try {
      policy = this.#options.policy();
    } catch {
      // Told by what follows it; until it is mended nothing is asked.
      return undefined;
    }
    return policy.findings?.explain?.find(
      (each) =>
        each.system === system &&
        (each.services === undefined || fitsPattern(each.services, service)) &&
        (each.environments === undefined || fitsPattern(each.environments, environment)),
    );
  }

  /** Never rejects. */
  async #work(): Promise<void> {
    for (const [key, { asked, database }] of this.#waiting) {
      // In a later turn: whoever asked goes on first.
      await Promise.resolve();
      if (this.#ended) return;
      const evidence = await this.#evidenceOf(asked, database);
      this.#waiting.delete(key);
      this.#kept.set(key, { at: this.#options.now(), evidence });
    }
  }

  async #evidenceOf(asked: Statement, database: PlanDatabase): Promise<readonly string[]> {
    const outcome = await this.#outcomeOf(asked, database);
    return outcome.kind === 'plan'
      ? planEvidence(outcome.plan, asked.statement)
      : [`EXPLAIN: no plan: ${outcome.reason.slice(0, mostMessage)}`];
  }

  async #outcomeOf({ service, environment, statement }: Statement, database: PlanDatabase): Promise<PlanOutcome> {
    const { system, file, urlFrom } = database;
    const read = plannable(statement, system);
    if (read.kind === 'refused') return { kind: 'failed', reason: read.reason };
    try {
      // What cannot be recorded is not done.
      this.#options.audit.append({
        ...bySelf,
        action: 'finding.explain',
        subject: `${service} ${environment}`,
        details: JSON.stringify({ system, from: file ?? urlFrom, statement }),
      });
      if (system === 'sqlite') return planOfSqlite(file ?? '', read.sql);
      const url = urlFrom === undefined ? undefined : this.#options.variables[urlFrom];
      if (url === undefined || url === '')
        return { kind: 'failed', reason: `the variable ${urlFrom} is not set where the collector runs` };
      return await (system === 'mysql' ? planOfMysql(url, read.sql) : planOfPostgresql(url, read.sql));
    } catch {
      return { kind: 'failed', reason: 'it could not be recorded or asked for' };
    }
  }
}
