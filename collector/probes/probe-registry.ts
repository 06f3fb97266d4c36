/**
 * The probes of this collector: placed, allowed, told to the sensors that they are for, and ended. A pure state behind:
 * what a sensor is told is always the whole set of its probes, so that a message lost is made good by the next.
 */
import { randomBytes } from 'node:crypto';
import {
  type Actor,
  type Capture,
  type ChangeProbe,
  type Disarm,
  type Disarmed,
  type Probe,
  type ProbeCause,
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
import { decide, refuseRenewal, resolveLimits } from '../policy/decide.ts';
import { AgentSessions } from './agent-sessions.ts';
import { Arming } from './arming.ts';
import { EndedProbes } from './ended-probes.ts';
import { concerns, type Instance, type Instances, instancesOf } from './instances.ts';
import type { KeptProbe } from './kept-probe.ts';
import { armedOf, hitsOf, type LiveProbe, liveProbe, statusOf } from './live-probe.ts';
import type { ProbeFile } from './probe-file.ts';
import { redactCapture } from './redact-capture.ts';
import { refuseExpressions } from './refuse-expressions.ts';
import { refusePlace } from './refuse-place.ts';
import { hashOfRequest } from './request-hash.ts';
import { refuseOthers, refuseQuota } from './rights.ts';

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
  /** Told when an instance has not confirmed that one that ended is gone. */
  readonly onUnconfirmed: (probe: Probe, detail: string) => void;
}

const checkMilliseconds = 500;
const maintainMilliseconds = 60_000;
/** Ended probes are listed for so long. */
const shownEndedMilliseconds = 3_600_000;
/** A proposal that nobody approves. */
const proposedMilliseconds = 15 * 60_000;

export class ProbeRegistry {
  readonly #options: ProbeRegistryOptions;
  readonly #probes = new Map<string, LiveProbe>();
  readonly #sessions = new AgentSessions();
  readonly #arming: Arming;
  readonly #ended: EndedProbes;
  #followed: Policy | undefined;
  readonly #check: NodeJS.Timeout;
  readonly #maintenance: NodeJS.Timeout;

  constructor(options: ProbeRegistryOptions) {
    this.#options = options;
    this.#ended = new EndedProbes(options.file, this.#probes);
    this.#arming = new Arming({
      instances: options.instances,
      probes: this.#probes,
      secretNames: () => this.#secretNames(),
      now: options.now,
    });
    for (const kept of options.file.all()) this.#probes.set(kept.probe.id, liveProbe(kept));
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
    this.#ended.write();
  }

  /**
   * Throws a problem that says why it is refused. `record` is asked when all is decided and before anything is done:
   * where it throws nothing is. `mayPropose` false: it is refused where a person's yes would be needed.
   */
  place(request: ProbeRequest, actor: Actor, record: (probe: Probe) => void, mayPropose = true): ProbeStatus {
    this.sessionIsThere(actor);
    refusePlace(request.place);
    refuseExpressions(request);
    const policy = this.#options.policy.current();
    const { decision, reason } = decide(policy, actor, request);
    if (decision === 'refuse' || (decision === 'approval' && !mayPropose)) throw new ProblemError('forbidden', reason);
    const limits = resolveLimits(policy, request);
    if (typeof limits === 'string') throw new ProblemError('forbidden', limits);
    const living = [...this.#probes.values()].filter(({ kept }) => !kept.end).map(({ kept }) => kept.probe);
    refuseQuota(living, request, actor, policy);
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
    const entry = liveProbe({ probe, proposed, hits: 0 });
    record(probe);
    this.#options.file.put(entry.kept);
    this.#probes.set(probe.id, entry);
    if (!proposed) void this.#arming.tellThoseConcerned(entry);
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
    void this.#arming.tellThoseConcerned(entry);
    return this.#changed(entry);
  }

  change(id: string, change: ChangeProbe, actor: Actor, record: (probe: Probe) => void): ProbeStatus {
    const entry = this.#find(id);
    refuseOthers(entry.kept.probe, actor);
    if (entry.kept.end) throw new ProblemError('bad-request', 'This probe has ended: place it again.');
    const { probe } = entry.kept;
    let { expiresAt, paused } = probe;
    if (change.life !== undefined) {
      refuseRenewal(this.#options.policy.current(), actor, probe.request);
      const limits = resolveLimits(this.#options.policy.current(), {
        ...probe.request,
        life: Math.min(change.life, probeLimits.longestLife),
      });
      if (typeof limits === 'string') throw new ProblemError('forbidden', limits);
      expiresAt = iso(this.#options.now() + limits.life * 1000);
    }
    if (change.paused === false && actor.kind === 'agent')
      throw new ProblemError('forbidden', 'A person paused this probe: a person resumes it.');
    if (change.paused !== undefined) paused = change.paused;
    record(probe);
    this.#keep(entry, { ...entry.kept, probe: { ...probe, expiresAt, paused } });
    void this.#arming.tellThoseConcerned(entry);
    return this.#changed(entry);
  }

  /** One's own; an admin any. The second removal of one that has ended forgets it. */
  remove(id: string, actor: Actor): ProbeStatus {
    const entry = this.#find(id);
    refuseOthers(entry.kept.probe, actor);
    if (entry.kept.end) {
      this.#ended.forget(entry);
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
        (session === undefined || probe.owner.session === session) &&
        // The name of a session is whatever an agent says: it ends no other's by it.
        (actor.kind === 'person' || userOf(probe.owner) === userOf(actor)),
    );
    const removed = concerned.map(({ kept }) => kept.probe.id);
    const hadThem = concerned.map((entry) => ({
      entry,
      armed: instancesOf(entry.kept.probe, this.#options.instances),
    }));
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
          told.set(connection, await this.#arming.tell(connection));
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

  /** Also what has become secret by the policy since they came is hidden. */
  captures(id: string, after: string | undefined, limit: number): readonly Capture[] {
    const kept = this.#options.file.captures(this.#find(id).kept.probe.id, after, limit);
    const names = this.#secretNames();
    if (names.length === 0) return kept;
    const redactor = new Redactor({ names });
    return kept.map((each) => redactCapture(each, redactor));
  }

  /** A sensor has connected: it is told what it is to have. */
  connected(instance: Instance): void {
    for (const entry of this.#probes.values()) {
      if (entry.kept.end || entry.kept.proposed || !concerns(entry.kept.probe, instance)) continue;
      if (instance.takesProbes) continue;
      this.#arming.refusedBy(instance, entry);
      this.#changed(entry);
    }
    this.#arming.connected(instance);
  }

  /** Its probes went with it; one that is for some instances only goes to another. */
  gone(instance: Instance): void {
    for (const entry of this.#probes.values()) {
      const { probe } = entry.kept;
      if (probe.request.target.mostInstances !== undefined && concerns(probe, instance) && armedOf(entry)) {
        void this.#arming.tellThoseConcerned(entry);
      }
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
    const redactor = new Redactor({ names: this.#secretNames() });
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
    this.#sessions.heard(actor, this.#options.now());
  }

  status(entry: LiveProbe): ProbeStatus {
    const { probe } = entry.kept;
    return statusOf(entry, {
      captures: this.#options.file.countCaptures(probe.id),
      told: () => instancesOf(probe, this.#options.instances).length,
    });
  }

  /** One that has had its hits is done. */
  #countHits(entry: LiveProbe): void {
    const { probe } = entry.kept;
    const hits = hitsOf(entry, this.#options.file.countCaptures(probe.id));
    if (hits !== entry.kept.hits) entry.kept = { ...entry.kept, hits };
    if (probe.hits !== null && hits >= probe.hits) {
      this.#end(entry, 'done', 'hit-limit', `It has had its ${probe.hits} hits.`);
    }
  }

  #secretNames(): readonly string[] {
    return this.#options.policy.lastGood().redaction?.names ?? [];
  }

  /** What the policy closes now is withdrawn, and what it makes secret is told to sensors. */
  #followPolicy(): void {
    const policy = this.#options.policy.lastGood();
    if (policy === this.#followed) return;
    this.#followed = policy;
    for (const entry of this.#probes.values()) {
      const { probe, end } = entry.kept;
      if (end) continue;
      const { decision, reason } = decide(policy, probe.owner, probe.request);
      if (decision === 'refuse') this.#end(entry, 'removed', 'closed-by-policy', reason);
      else if (armedOf(entry)) void this.#arming.tellThoseConcerned(entry);
    }
  }

  #endWhatIsOver(): void {
    this.#followPolicy();
    const at = this.#options.now();
    for (const entry of this.#probes.values()) {
      const { probe, end, proposed } = entry.kept;
      if (end) continue;
      if (Date.parse(probe.expiresAt) <= at) {
        const detail = proposed
          ? 'Nobody has approved it in time.'
          : 'Its time is over: place it again, or renew one before it ends.';
        this.#end(entry, 'expired', 'expired', detail);
      } else if (this.#options.isRevoked(probe.owner)) {
        this.#end(entry, 'removed', 'owner-gone', 'The token by which it was placed was revoked.');
      } else if (this.#sessions.isOrphan(probe, at)) {
        this.#end(entry, 'removed', 'owner-gone', 'The agent’s session that placed it has ended.');
      }
    }
    this.#ended.forgetOld(at);
    this.#ended.write();
  }

  /** Always: whatever cannot be written, what is over is withdrawn from the service. */
  #end(entry: LiveProbe, state: ProbeState, cause: ProbeCause, detail: string, tells = true): void {
    if (entry.kept.end) return;
    entry.kept = { ...entry.kept, end: { state, cause, detail, at: iso(this.#options.now()) } };
    if (tells && !entry.kept.proposed) void this.#tellWhereItStays(entry, this.#arming.tellThoseConcerned(entry));
    this.#changed(entry);
    this.#ended.add(entry);
    this.#options.onEnd(entry.kept.probe, cause, detail);
  }

  /** `unconfirmed`: instances that are there and have not said that it is gone. */
  async #tellWhereItStays(entry: LiveProbe, unconfirmed: Promise<readonly string[]>): Promise<void> {
    const left = await unconfirmed;
    const { end, probe } = entry.kept;
    if (left.length === 0 || !end || !this.#probes.has(probe.id)) return;
    const detail = `Not confirmed by ${left.join(', ')}: it may be there until that instance loses the collector, or until ${probe.expiresAt}.`;
    entry.kept = { ...entry.kept, end: { ...end, detail: `${end.detail} ${detail}` } };
    this.#ended.add(entry);
    this.#changed(entry);
    this.#options.onUnconfirmed(probe, detail);
  }

  /** Throws where it cannot be written; then nothing has changed. */
  #keep(entry: LiveProbe, kept: KeptProbe): void {
    this.#options.file.put(kept);
    entry.kept = kept;
  }

  #changed(entry: LiveProbe): ProbeStatus {
    const status = this.status(entry);
    this.#options.onChange(status);
    return status;
  }

  #find(id: string): LiveProbe {
    const entry = this.#probes.get(id);
    if (!entry)
      throw new ProblemError(
        'not-found',
        `There is no probe ${id.slice(0, 64)}: "runlens probe list" shows those that there are.`,
      );
    return entry;
  }
}

const iso = (at: number): string => new Date(at).toISOString();
