/**
 * The probes of this collector: placed, allowed, told to the sensors that they are for, and ended. A pure state behind:
 * what a sensor is told is always the whole set of its probes, so that a message lost is made good by the next.
 */
import { randomBytes } from 'node:crypto';
import {
  type Actor,
  type ArmedProbe,
  type Capture,
  type ChangeProbe,
  type Disarm,
  type Disarmed,
  type InstanceState,
  type Probe,
  type ProbeCause,
  type ProbeNumbers,
  type ProbeReport,
  type ProbeRequest,
  type ProbeState,
  type ProbeStatus,
  probeLimits,
  type SentCapture,
} from '@runlens/protocol';
import type { Policy } from '@runlens/protocol/policy';
import { Redactor } from '@runlens/protocol/redaction/redactor';
import { userOf } from '../access/actor.ts';
import { ProblemError } from '../http/problems.ts';
import { decide, resolveLimits } from '../policy/decide.ts';
import { addNumbers } from './numbers.ts';
import type { KeptProbe, ProbeFile } from './probe-file.ts';
import { redactCapture } from './redact-capture.ts';
import { refuseExpressions } from './refuse-expressions.ts';
import { hashOfRequest } from './request-hash.ts';
import { standingOf } from './standing.ts';

/** An instance that is connected. */
export interface Instance {
  readonly connection: string;
  readonly service: string;
  readonly environment: string;
  readonly version: string;
  readonly instance: string;
  /** Whether its sensor knows of probes. */
  readonly takesProbes: boolean;
}

export interface Instances {
  list(): readonly Instance[];
  /** Tells it all its probes; resolves to false where it did not answer in time. */
  tell(connection: string, probes: readonly ArmedProbe[], secretNames: readonly string[]): Promise<boolean>;
}

export interface ProbeRegistryOptions {
  readonly file: ProbeFile;
  readonly instances: Instances;
  readonly policy: {
    /** Throws when it cannot be followed. */
    current(): Policy;
    /** The last that could be followed: what is secret. */
    lastGood(): Policy;
  };
  /** Whether whoever placed a probe may ask nothing any more. */
  readonly isRevoked: (owner: Actor) => boolean;
  readonly now: () => number;
  readonly onChange: (status: ProbeStatus) => void;
  readonly onCapture: (capture: Capture) => void;
  /** Told when a probe ends by itself. */
  readonly onEnd: (probe: Probe, cause: ProbeCause, detail: string) => void;
}

interface Live {
  kept: KeptProbe;
  readonly instances: Map<string, InstanceState>;
  readonly numbers: Map<string, readonly ProbeNumbers[]>;
}

const checkMilliseconds = 500;
const maintainMilliseconds = 60_000;
/** Ended probes are shown, with their captures, for so long. */
const endedMilliseconds = 24 * 3_600_000;
const shownEndedMilliseconds = 3_600_000;
/** A proposal that nobody approves. */
const proposedMilliseconds = 15 * 60_000;
/** An agent's session that has asked nothing for so long has ended. */
const sessionMilliseconds = 30 * 60_000;
const mostEnded = 500;
const mostSessions = 10_000;

export class ProbeRegistry {
  readonly #options: ProbeRegistryOptions;
  readonly #probes = new Map<string, Live>();
  readonly #sessions = new Map<string, number>();
  /** Of which the file does not know yet that they have ended. */
  readonly #endsToKeep = new Set<Live>();
  readonly #check: NodeJS.Timeout;
  readonly #maintenance: NodeJS.Timeout;

  constructor(options: ProbeRegistryOptions) {
    this.#options = options;
    for (const kept of options.file.all()) this.#probes.set(kept.probe.id, live(kept));
    this.#check = setInterval(() => this.#endWhatIsOver(), checkMilliseconds);
    this.#check.unref();
    this.#maintenance = setInterval(() => {
      try {
        options.file.maintain();
      } catch {
        // Told by the file's `problems()`.
      }
    }, maintainMilliseconds);
    this.#maintenance.unref();
  }

  close(): void {
    clearInterval(this.#check);
    clearInterval(this.#maintenance);
    this.#keepEnds();
  }

  /**
   * Throws a problem that says why it is refused. `record` is asked when all is decided and before anything is done:
   * where it throws nothing is.
   */
  place(request: ProbeRequest, actor: Actor, record: (probe: Probe) => void): ProbeStatus {
    this.sessionIsThere(actor);
    refuseExpressions(request);
    const policy = this.#options.policy.current();
    const { decision, reason } = decide(policy, actor, request);
    if (decision === 'refuse') throw new ProblemError('forbidden', reason);
    const limits = resolveLimits(policy, request);
    if (typeof limits === 'string') throw new ProblemError('forbidden', limits);
    this.#refuseQuota(request, actor, policy);
    const at = this.#options.now();
    const proposed = decision === 'approval';
    const probe: Probe = {
      id: `p-${randomBytes(6).toString('hex')}`,
      request,
      capture: limits.capture,
      hits: limits.hits,
      rate: limits.rate,
      createdAt: iso(at),
      expiresAt: iso(at + (proposed ? proposedMilliseconds : limits.life * 1000)),
      owner: actor,
      hash: hashOfRequest(request),
      paused: false,
    };
    const entry = live({ probe, proposed, hits: 0 });
    record(probe);
    this.#options.file.put(entry.kept);
    this.#probes.set(probe.id, entry);
    if (!proposed) this.#tellThoseConcerned(entry);
    return this.#changed(entry);
  }

  /** A person's yes: bound to the hash of what was shown to them. */
  approve(id: string, hash: string, actor: Actor, record: (probe: Probe) => void): ProbeStatus {
    const entry = this.#find(id);
    if (actor.kind !== 'person' || actor.role === 'viewer') {
      throw new ProblemError('forbidden', 'Only a person who may place probes approves one.');
    }
    if (!entry.kept.proposed) throw new ProblemError('bad-request', 'This probe waits for no approval.');
    if (entry.kept.probe.hash !== hash) {
      throw new ProblemError(
        'forbidden',
        'This is not the probe that was shown: look at it again, and approve it by its own hash.',
      );
    }
    const { probe } = entry.kept;
    // The policy speaks for the person now: what is closed to them they cannot open for an agent.
    const { decision, reason } = decide(this.#options.policy.current(), actor, probe.request);
    if (decision === 'refuse') throw new ProblemError('forbidden', reason);
    const limits = resolveLimits(this.#options.policy.current(), probe.request);
    if (typeof limits === 'string') throw new ProblemError('forbidden', limits);
    record(probe);
    this.#keep(entry, {
      ...entry.kept,
      proposed: false,
      approvedBy: actor,
      probe: { ...probe, expiresAt: iso(this.#options.now() + limits.life * 1000) },
    });
    this.#tellThoseConcerned(entry);
    return this.#changed(entry);
  }

  change(id: string, change: ChangeProbe, actor: Actor, record: (probe: Probe) => void): ProbeStatus {
    const entry = this.#find(id);
    this.#refuseOthers(entry, actor);
    if (entry.kept.end) throw new ProblemError('bad-request', 'This probe has ended: place it again.');
    const { probe } = entry.kept;
    let { expiresAt, paused } = probe;
    if (change.life !== undefined) {
      const limits = resolveLimits(this.#options.policy.current(), {
        ...probe.request,
        life: Math.min(change.life, probeLimits.longestLife),
      });
      if (typeof limits === 'string') throw new ProblemError('forbidden', limits);
      expiresAt = iso(this.#options.now() + limits.life * 1000);
    }
    if (change.paused !== undefined) paused = change.paused;
    record(probe);
    this.#keep(entry, { ...entry.kept, probe: { ...probe, expiresAt, paused } });
    this.#tellThoseConcerned(entry);
    return this.#changed(entry);
  }

  /** One's own; an admin any. The second removal of one that has ended forgets it. */
  remove(id: string, actor: Actor): ProbeStatus {
    const entry = this.#find(id);
    this.#refuseOthers(entry, actor);
    if (entry.kept.end) {
      this.#forget(entry);
      return this.status(entry);
    }
    this.#end(entry, 'removed', 'disarmed', `Removed by ${actor.name}.`);
    return this.status(entry);
  }

  /** All that fit: in an emergency whoever may place probes may remove everybody's. */
  async disarm({ service, environment, session }: Disarm, actor: Actor): Promise<Disarmed> {
    const concerned = [...this.#probes.values()].filter(
      ({ kept: { probe, end } }) =>
        !end &&
        (service === undefined || probe.request.target.service === service) &&
        (environment === undefined || (probe.request.target.environment ?? environment) === environment) &&
        (session === undefined || probe.owner.session === session),
    );
    const removed = concerned.map(({ kept }) => kept.probe.id);
    const hadThem = concerned.map((entry) => ({ entry, armed: this.#instancesOf(entry.kept.probe) }));
    for (const entry of concerned) {
      this.#end(
        entry,
        'removed',
        session === undefined ? 'disarmed' : 'owner-gone',
        `Disarmed by ${actor.name}.`,
        false,
      );
    }
    const told = new Map<string, boolean>();
    await Promise.all(
      [...new Set(hadThem.flatMap(({ armed }) => armed.map(({ connection }) => connection)))].map(
        async (connection) => {
          told.set(connection, await this.#tell(connection));
        },
      ),
    );
    return {
      removed,
      unconfirmed: hadThem.flatMap(({ entry, armed }) =>
        armed
          .filter(({ connection }) => told.get(connection) !== true)
          .map(({ instance }) => ({ probe: entry.kept.probe.id, instance })),
      ),
    };
  }

  list(filter: {
    readonly service?: string | undefined;
    readonly file?: string | undefined;
    readonly ended?: boolean;
  }): readonly ProbeStatus[] {
    const oldest = this.#options.now() - shownEndedMilliseconds;
    return [...this.#probes.values()]
      .filter(({ kept: { probe, end } }) => {
        if (filter.service !== undefined && probe.request.target.service !== filter.service) return false;
        if (filter.file !== undefined && probe.request.place.file !== filter.file) return false;
        return !end || (filter.ended === true && Date.parse(end.at) > oldest);
      })
      .map((entry) => this.status(entry))
      .sort((one, other) => (one.probe.createdAt < other.probe.createdAt ? -1 : 1));
  }

  get(id: string): ProbeStatus {
    return this.status(this.#find(id));
  }

  captures(id: string, after: string | undefined, limit: number): readonly Capture[] {
    return this.#options.file.captures(this.#find(id).kept.probe.id, after, limit);
  }

  /** A sensor has connected: it is told what it is to have. */
  connected(instance: Instance): void {
    for (const entry of this.#probes.values()) {
      if (entry.kept.end || entry.kept.proposed || !concerns(entry.kept.probe, instance)) continue;
      if (instance.takesProbes) continue;
      entry.instances.set(instance.instance, this.#refusedByOld(instance));
      this.#changed(entry);
    }
    if (instance.takesProbes && this.#armedFor(instance).length > 0) void this.#tell(instance.connection);
  }

  /** Its probes went with it. */
  gone(instance: Instance): void {
    for (const entry of this.#probes.values()) {
      if (entry.instances.delete(instance.instance)) this.#changed(entry);
    }
  }

  reported(instance: Instance, reports: readonly ProbeReport[]): void {
    for (const { probe: id, state, numbers } of reports) {
      const entry = this.#probes.get(id);
      if (!entry || entry.kept.end || !concerns(entry.kept.probe, instance)) continue;
      entry.instances.set(instance.instance, { ...state, instance: instance.instance });
      if (numbers) entry.numbers.set(instance.instance, numbers);
      this.#countHits(entry);
      this.#changed(entry);
    }
  }

  /** Returns those that are new. */
  captured(instance: Instance, captures: readonly SentCapture[]): readonly Capture[] {
    const redactor = new Redactor({ names: this.#options.policy.lastGood().redaction?.names ?? [] });
    const taken: Capture[] = [];
    for (const sent of captures) {
      const entry = this.#probes.get(sent.probe);
      // One that was hit in the moment in which it was removed is not wanted any more; the last hits of one that has had
      // them all may come after the report that says so.
      if (!entry || (entry.kept.end && entry.kept.end.state !== 'done') || !concerns(entry.kept.probe, instance))
        continue;
      const { service, environment, version, instance: id } = instance;
      const capture = redactCapture({ ...sent, service, environment, version, instance: id }, redactor);
      if (!this.#options.file.addCapture(capture)) continue;
      taken.push(capture);
      this.#options.onCapture(capture);
      this.#countHits(entry);
      this.#changed(entry);
    }
    return taken;
  }

  /** An agent has asked something: its session lives. */
  sessionIsThere(actor: Actor): void {
    if (actor.session === undefined) return;
    this.#sessions.delete(actor.session);
    this.#sessions.set(actor.session, this.#options.now());
    if (this.#sessions.size <= mostSessions) return;
    const [oldest] = this.#sessions.keys();
    if (oldest !== undefined) this.#sessions.delete(oldest);
  }

  status({ kept, instances, numbers }: Live): ProbeStatus {
    const { probe, end } = kept;
    const states = [...instances.values()];
    const told = end ?? standingOf(kept, states, this.#instancesOf(probe).length);
    return {
      probe,
      state: told.state,
      ...(told.cause === undefined ? {} : { cause: told.cause }),
      ...(told.detail === undefined ? {} : { detail: told.detail }),
      instances: states,
      hits: Math.max(kept.hits, sum(states.map(({ hits }) => hits))),
      captures: this.#options.file.countCaptures(probe.id),
      numbers: addNumbers([...numbers.values()]),
    };
  }

  #refusedByOld(instance: Instance): InstanceState {
    return {
      instance: instance.instance,
      state: 'refused',
      cause: 'probes-off',
      detail: 'Its sensor takes no probes: it is too old, or they are switched off there (RUNLENS_PROBES=0).',
      reached: 0,
      hits: 0,
      skipped: 0,
      failures: 0,
      cost: 0,
      at: iso(this.#options.now()),
    };
  }

  /** Of all instances together, also those that have gone; one that has had its hits is done. */
  #countHits(entry: Live): void {
    const { probe } = entry.kept;
    const told = sum([...entry.instances.values()].map(({ hits }) => hits));
    const hits = Math.max(
      entry.kept.hits,
      told,
      probe.request.kind === 'snapshot' ? this.#options.file.countCaptures(probe.id) : 0,
    );
    if (hits !== entry.kept.hits) entry.kept = { ...entry.kept, hits };
    if (probe.hits !== null && hits >= probe.hits) {
      this.#end(entry, 'done', 'hit-limit', `It has had its ${probe.hits} hits.`);
    }
  }

  #endWhatIsOver(): void {
    const at = this.#options.now();
    for (const entry of this.#probes.values()) {
      const { probe, end, proposed } = entry.kept;
      if (end) {
        if (Date.parse(end.at) < at - endedMilliseconds) this.#forgetIfPossible(entry);
        continue;
      }
      const { session } = probe.owner;
      if (Date.parse(probe.expiresAt) <= at) {
        const detail = proposed
          ? 'Nobody has approved it in time.'
          : 'Its time is over: place it again, or renew one before it ends.';
        this.#end(entry, 'expired', 'expired', detail);
      } else if (this.#options.isRevoked(probe.owner)) {
        this.#end(entry, 'removed', 'owner-gone', 'The token by which it was placed was revoked.');
      } else if (
        session !== undefined &&
        (this.#sessions.get(session) ?? Date.parse(probe.createdAt)) < at - sessionMilliseconds
      ) {
        this.#end(entry, 'removed', 'owner-gone', 'The agent’s session that placed it has ended.');
      }
    }
    this.#forgetOldest();
    this.#keepEnds();
  }

  #forgetOldest(): void {
    const ended = [...this.#probes.values()].filter(({ kept }) => kept.end);
    if (ended.length <= mostEnded) return;
    ended.sort((one, other) => ((one.kept.end?.at ?? '') < (other.kept.end?.at ?? '') ? -1 : 1));
    for (const entry of ended.slice(0, ended.length - mostEnded)) this.#forgetIfPossible(entry);
  }

  /** Always: whatever cannot be written, what is over is withdrawn from the service. */
  #end(entry: Live, state: ProbeState, cause: ProbeCause, detail: string, tells = true): void {
    if (entry.kept.end) return;
    entry.kept = { ...entry.kept, end: { state, cause, detail, at: iso(this.#options.now()) } };
    this.#endsToKeep.add(entry);
    if (tells) this.#tellThoseConcerned(entry);
    this.#changed(entry);
    this.#keepEnds();
    this.#options.onEnd(entry.kept.probe, cause, detail);
  }

  /** Those that could not be written are tried again at the next check. */
  #keepEnds(): void {
    for (const entry of this.#endsToKeep) {
      try {
        this.#options.file.put(entry.kept);
        this.#endsToKeep.delete(entry);
      } catch {
        // Told by the file's `problems()`.
        return;
      }
    }
  }

  /** Throws where it cannot be removed; then it is still there. */
  #forget(entry: Live): void {
    this.#options.file.remove(entry.kept.probe.id);
    this.#probes.delete(entry.kept.probe.id);
    this.#endsToKeep.delete(entry);
  }

  #forgetIfPossible(entry: Live): void {
    try {
      this.#forget(entry);
    } catch {
      // Told by the file's `problems()`; tried again at the next check.
    }
  }

  /** Throws where it cannot be written; then nothing has changed. */
  #keep(entry: Live, kept: KeptProbe): void {
    this.#options.file.put(kept);
    entry.kept = kept;
  }

  #changed(entry: Live): ProbeStatus {
    const status = this.status(entry);
    this.#options.onChange(status);
    return status;
  }

  #find(id: string): Live {
    const entry = this.#probes.get(id);
    if (!entry)
      throw new ProblemError(
        'not-found',
        `There is no probe ${id.slice(0, 64)}: "runlens probe list" shows those that there are.`,
      );
    return entry;
  }

  #refuseOthers({ kept }: Live, actor: Actor): void {
    const { owner } = kept.probe;
    if (actor.role === 'admin') return;
    if (owner.name === actor.name && owner.kind === actor.kind && owner.session === actor.session) return;
    throw new ProblemError(
      'forbidden',
      `This probe is ${owner.name}’s: ask them, or an admin; "disarm all" removes everybody’s.`,
    );
  }

  #refuseQuota({ target }: ProbeRequest, actor: Actor, policy: Policy): void {
    const living = [...this.#probes.values()].filter(({ kept }) => !kept.end).map(({ kept }) => kept.probe);
    const limits = policy.probes?.limits;
    const perService = limits?.perService ?? probeLimits.perService;
    if (living.filter((probe) => probe.request.target.service === target.service).length >= perService) {
      throw new ProblemError(
        'forbidden',
        `${target.service} has ${perService} probes already: remove some that are not needed.`,
      );
    }
    const perOwner = limits?.perOwner ?? probeLimits.perOwner;
    if (living.filter(({ owner }) => userOf(owner) === userOf(actor) && owner.kind === actor.kind).length >= perOwner) {
      throw new ProblemError(
        'forbidden',
        `${actor.name} has ${perOwner} probes already: remove some that are not needed.`,
      );
    }
  }

  #instancesOf(probe: Probe): readonly Instance[] {
    const all = this.#options.instances
      .list()
      .filter((instance) => concerns(probe, instance))
      .toSorted((one, other) => (one.instance < other.instance ? -1 : 1));
    return all.slice(0, probe.request.target.mostInstances ?? all.length);
  }

  #tellThoseConcerned(entry: Live): void {
    for (const instance of this.#instancesOf(entry.kept.probe)) {
      if (instance.takesProbes) void this.#tell(instance.connection);
      else entry.instances.set(instance.instance, this.#refusedByOld(instance));
    }
  }

  #armedFor(instance: Instance): readonly ArmedProbe[] {
    const armed: ArmedProbe[] = [];
    for (const { kept } of this.#probes.values()) {
      if (
        kept.end ||
        kept.proposed ||
        !this.#instancesOf(kept.probe).some(({ connection }) => connection === instance.connection)
      )
        continue;
      const { id, request, capture, hits, rate, expiresAt, paused } = kept.probe;
      armed.push({
        id,
        request,
        capture,
        hits: hits === null ? null : Math.max(1, hits - kept.hits),
        rate,
        expiresAt,
        paused,
      });
    }
    return armed;
  }

  async #tell(connection: string): Promise<boolean> {
    const instance = this.#options.instances.list().find((each) => each.connection === connection);
    if (!instance) return false;
    return this.#options.instances.tell(
      connection,
      this.#armedFor(instance),
      this.#options.policy.lastGood().redaction?.names ?? [],
    );
  }
}

const live = (kept: KeptProbe): Live => ({ kept, instances: new Map(), numbers: new Map() });
const iso = (at: number): string => new Date(at).toISOString();
const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

function concerns({ request: { target } }: Probe, instance: Instance): boolean {
  return (
    instance.service === target.service &&
    (target.environment === undefined || instance.environment === target.environment) &&
    (target.version === undefined || instance.version === target.version) &&
    (target.instances === undefined || target.instances.includes(instance.instance))
  );
}
