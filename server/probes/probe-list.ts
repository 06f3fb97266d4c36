/** The probes of the collector as this editor knows them: asked for once, then kept by its events. */
import type { Actor, Capture, ProbeRequest, ProbeStatus } from '@runlens/protocol';
import {
  type CaptureEvent,
  capturesResponseSchema,
  type Disarmed,
  disarmedSchema,
  type ProbeEvent,
  type ProbePreview,
  placedProbeSchema,
  previewSchema,
  probesResponseSchema,
} from '@runlens/protocol/api/probes';
import { whoamiResponseSchema } from '@runlens/protocol/api/whoami';
import type { KnownProbe, ProbeAccess, ProbeAction, ProbeAnswer, ProbesView } from '@runlens/protocol/lsp-probes';
import type { z } from 'zod';
import type { Answer, CollectorClient } from '../profiles/collector-client.ts';

export interface ProbeListOptions {
  readonly client: () => CollectorClient | undefined;
  /** Why there is no client. */
  readonly away: () => string;
  readonly trusted: () => boolean;
  readonly onChange: () => void;
  readonly onCaptures: (captures: readonly Capture[]) => void;
}

/** Ended probes are kept to be read; the collector tells them for an hour, too. */
const mostProbes = 1_000;
/** Captures come in bursts; those of one probe are asked for together after this. */
const gatherMilliseconds = 100;
const capturesAtOnce = 200;
/** Probes whose captures are followed. */
const mostFollowed = 100;

export class ProbeList {
  readonly #options: ProbeListOptions;
  readonly #probes = new Map<string, ProbeStatus>();
  /** The newest capture that was handed on, by probe; empty: none yet. */
  readonly #followed = new Map<string, string>();
  readonly #waiting = new Map<string, NodeJS.Timeout>();
  #actor: Actor | undefined;
  #problem: string | null = null;
  #loads = 0;
  #disposed = false;

  constructor(options: ProbeListOptions) {
    this.#options = options;
  }

  get view(): ProbesView {
    return { access: this.access, probes: this.probes, problem: this.#problem };
  }

  get probes(): readonly KnownProbe[] {
    return [...this.#probes.values()]
      .sort((a, b) => (a.probe.createdAt < b.probe.createdAt ? -1 : 1))
      .map((status) => ({ status, mine: this.#isMine(status) }));
  }

  get access(): ProbeAccess {
    if (!this.#options.client()) return { kind: 'denied', why: 'away', message: this.#options.away() };
    if (this.#actor?.role === 'viewer') {
      return {
        kind: 'denied',
        why: 'role',
        message: `The token of ${this.#actor.name} may read only: ask whoever runs the collector for one of the role prober (runlens token create).`,
      };
    }
    if (!this.#options.trusted()) {
      return {
        kind: 'denied',
        why: 'restricted',
        message:
          'In Restricted Mode no probe is placed, renewed or approved: what the text of an untrusted workspace says could lead it elsewhere. Probes are shown, and can be paused and removed.',
      };
    }
    return { kind: 'allowed' };
  }

  /** Connected anew, or events may have been missed. */
  async load(): Promise<void> {
    const client = this.#options.client();
    if (!client) return;
    this.#loads += 1;
    const load = this.#loads;
    const [actor, all] = await Promise.all([
      client.get('/api/v1/whoami', whoamiResponseSchema),
      client.get('/api/v1/probes', probesResponseSchema, { params: { ended: 'true' } }),
    ]);
    if (load !== this.#loads || this.#disposed) return;
    // A collector that does not know this path decides by itself, as every one does.
    this.#actor = actor.kind === 'ok' ? actor.value : undefined;
    if (all.kind === 'ok') {
      this.#problem = null;
      this.#probes.clear();
      for (const status of all.value.probes) this.#put(status);
      for (const id of this.#followed.keys()) this.#fetchSoon(id);
    } else if ('message' in all) this.#problem = all.message;
    this.#options.onChange();
  }

  onProbe({ probe: status }: ProbeEvent): void {
    this.#put(status);
    this.#options.onChange();
  }

  onCapture({ probe }: CaptureEvent): void {
    if (this.#followed.has(probe)) this.#fetchSoon(probe);
  }

  async place(request: ProbeRequest): Promise<ProbeAnswer> {
    const refusal = this.#refusal();
    return (
      refusal ?? this.#ask(undefined, (client) => client.send('POST', '/api/v1/probes', placedProbeSchema, request))
    );
  }

  /** What a snapshot would capture; it waits some seconds for a hit, and stores nothing here. */
  async preview(
    request: ProbeRequest,
  ): Promise<{ kind: 'done'; preview: ProbePreview } | { kind: 'refused'; message: string }> {
    const refusal = this.#refusal();
    if (refusal) return refusal;
    const answer = await this.#options.client()?.send('POST', '/api/v1/probes/preview', previewSchema, request);
    return answer?.kind === 'ok'
      ? { kind: 'done', preview: answer.value }
      : { kind: 'refused', message: problemOf(answer) };
  }

  async act(id: string, action: ProbeAction): Promise<ProbeAnswer> {
    const careful = action.kind === 'pause' || action.kind === 'remove';
    const refusal = this.#refusal(careful);
    if (refusal) return refusal;
    const path = `/api/v1/probes/${encodeURIComponent(id)}`;
    return this.#ask(id, (client) => {
      switch (action.kind) {
        case 'remove':
          return client.send('DELETE', path, placedProbeSchema);
        case 'approve':
          return client.send('POST', `${path}/approve`, placedProbeSchema, { hash: action.hash });
        case 'renew':
          return client.send('POST', `${path}/change`, placedProbeSchema, { life: action.life });
        default:
          return client.send('POST', `${path}/change`, placedProbeSchema, { paused: action.kind === 'pause' });
      }
    });
  }

  async disarmAll(): Promise<(Disarmed & { readonly kind: 'done' }) | { kind: 'refused'; message: string }> {
    const client = this.#options.client();
    const refusal = this.#refusal(true);
    if (refusal?.kind === 'refused') return refusal;
    const answer = await client?.send('DELETE', '/api/v1/probes', disarmedSchema);
    return answer?.kind === 'ok' ? { kind: 'done', ...answer.value } : { kind: 'refused', message: problemOf(answer) };
  }

  /** What it has captured; from now on its captures are handed on. */
  async captures(
    id: string,
  ): Promise<{ kind: 'done'; captures: readonly Capture[] } | { kind: 'refused'; message: string }> {
    const answer = await this.#captures(id, undefined);
    if (answer?.kind !== 'ok') return { kind: 'refused', message: problemOf(answer) };
    this.#follow(id, answer.value.captures.at(-1)?.id ?? '');
    return { kind: 'done', captures: answer.value.captures };
  }

  dispose(): void {
    this.#disposed = true;
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }

  /** What takes away is allowed in Restricted Mode, too. */
  #refusal(careful = false): { readonly kind: 'refused'; readonly message: string } | undefined {
    const { access } = this;
    if (access.kind === 'allowed' || (careful && access.why === 'restricted')) return undefined;
    return { kind: 'refused', message: access.message };
  }

  /** `id`: of the probe that is changed; undefined: it is new. */
  async #ask(
    id: string | undefined,
    send: (client: CollectorClient) => Promise<Answer<z.infer<typeof placedProbeSchema>>>,
  ): Promise<ProbeAnswer> {
    const client = this.#options.client();
    const before = id === undefined ? undefined : this.#probes.get(id);
    const answer = client && (await send(client));
    if (answer?.kind !== 'ok') return { kind: 'refused', message: problemOf(answer) };
    const status = answer.value;
    // An event that came meanwhile may be newer than the answer, and none may follow.
    if (this.#probes.get(status.probe.id) === before) this.onProbe({ at: '', probe: status });
    return { kind: 'done', status: this.#probes.get(status.probe.id) ?? status };
  }

  #put(status: ProbeStatus): void {
    const { id, request } = status.probe;
    if (request.preview === true && hasEnded(status)) {
      // What it told was the answer to whoever asked.
      this.#probes.delete(id);
      return;
    }
    const known = this.#probes.get(id);
    this.#probes.set(id, status);
    const [oldest] = this.#probes.keys();
    if (this.#probes.size > mostProbes && oldest !== undefined) this.#probes.delete(oldest);
    if (!this.#isMine(status) || this.#followed.has(id) || request.preview === true) return;
    this.#follow(id, '');
    if (!known && status.captures > 0) this.#fetchSoon(id);
  }

  #isMine({ probe: { owner } }: ProbeStatus): boolean {
    return this.#actor !== undefined && owner.kind === this.#actor.kind && owner.name === this.#actor.name;
  }

  #follow(id: string, newest: string): void {
    this.#followed.delete(id);
    this.#followed.set(id, newest);
    const [oldest] = this.#followed.keys();
    if (this.#followed.size > mostFollowed && oldest !== undefined) this.#followed.delete(oldest);
  }

  #fetchSoon(id: string): void {
    if (this.#waiting.has(id) || this.#disposed) return;
    this.#waiting.set(
      id,
      setTimeout(() => {
        // Captures that come while these are asked for are asked for after.
        this.#waiting.delete(id);
        void this.#fetch(id);
      }, gatherMilliseconds),
    );
  }

  async #fetch(id: string): Promise<void> {
    const after = this.#followed.get(id);
    if (after === undefined) return;
    const answer = await this.#captures(id, after === '' ? undefined : after);
    if (answer?.kind !== 'ok' || this.#disposed || this.#followed.get(id) !== after) return;
    const { captures } = answer.value;
    const newest = captures.at(-1);
    if (!newest) return;
    this.#follow(id, newest.id);
    this.#options.onCaptures(captures);
    if (captures.length === capturesAtOnce) this.#fetchSoon(id);
  }

  async #captures(id: string, after: string | undefined) {
    const params = { limit: capturesAtOnce, ...(after === undefined ? {} : { after }) };
    return this.#options
      .client()
      ?.get(`/api/v1/probes/${encodeURIComponent(id)}/captures`, capturesResponseSchema, { params });
  }
}

const hasEnded = ({ state }: ProbeStatus): boolean => state === 'done' || state === 'expired' || state === 'removed';

const problemOf = (answer: Answer<unknown> | undefined): string =>
  answer !== undefined && 'message' in answer ? answer.message : 'The collector is away: nothing was changed.';
