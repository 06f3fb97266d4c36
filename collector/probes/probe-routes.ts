/** `/api/v1/probes`: who asks, what is answered, and what goes to the audit log. */
import { randomUUID } from 'node:crypto';
import { capturesMessageSchema, type Probe, type ProbeStatus } from '@runlens/protocol';
import {
  approveProbeSchema,
  capturesQuerySchema,
  capturesResponseSchema,
  changeProbeSchema,
  disarmedSchema,
  disarmSchema,
  placedProbeSchema,
  placeProbeSchema,
  previewQuerySchema,
  previewSchema,
  probesQuerySchema,
  probesResponseSchema,
} from '@runlens/protocol/api/probes';
import { whoamiResponseSchema } from '@runlens/protocol/api/whoami';
import type { AuditEntry } from '@runlens/protocol/audit';
import { controlLimits, controlPaths } from '@runlens/protocol/control';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { actorOf } from '../access/actor.ts';
import { AuditError, type AuditLog } from '../audit/audit-log.ts';
import { onlySensors } from '../control/control-routes.ts';
import type { ListedSensor, SensorRegistry } from '../control/sensor-registry.ts';
import { ProblemError } from '../http/problems.ts';
import { parseBody, parseQuery } from '../http/schemas.ts';
import type { Instance, Instances } from './instances.ts';
import { previewRequest, waitForPreview } from './preview.ts';
import type { ProbeRegistry } from './probe-registry.ts';

export interface ProbeRouteOptions {
  readonly probes: ProbeRegistry;
  readonly sensors: SensorRegistry;
  readonly audit: Pick<AuditLog, 'append' | 'owe'>;
  readonly now: () => number;
}

const idSchema = z.object({ id: z.string().max(64) });
const defaultCaptures = 50;
const defaultWaitSeconds = 4;

export function probeRoutes(app: FastifyInstance, { probes, sensors, audit, now }: ProbeRouteOptions): void {
  const tags = ['probes'];

  /** Whatever comes of it is in the log, also that it was refused. What cannot be recorded is not done. */
  const audited = (
    request: FastifyRequest,
    action: AuditEntry['action'],
    details: unknown,
    act: (record: (probe: Probe) => void) => ProbeStatus,
  ): ProbeStatus => {
    const base = { actor: actorOf(request), action, details: JSON.stringify(details) };
    try {
      return act((probe) => audit.append({ ...base, subject: nameOf(probe), outcome: 'done' }));
    } catch (error) {
      if (error instanceof AuditError) throw error;
      const reason = error instanceof Error ? error.message : 'unknown';
      const outcome = error instanceof ProblemError ? 'refused' : 'failed';
      audit.owe({ ...base, subject: request.url.split('?')[0] ?? '', outcome, reason });
      throw error;
    }
  };

  app.get(
    '/api/v1/whoami',
    {
      config: { role: 'viewer' },
      schema: { tags: ['operator'], summary: 'Who the token speaks for', response: { 200: whoamiResponseSchema } },
    },
    async (request) => actorOf(request),
  );

  app.post(
    '/api/v1/probes',
    { config: { role: 'prober' }, schema: { tags, summary: 'Places a probe', response: { 200: placedProbeSchema } } },
    async (request) => {
      const body = parseBody(placeProbeSchema, request.body);
      return audited(request, 'probe.place', body, (record) => probes.place(body, actorOf(request), record));
    },
  );

  app.get(
    '/api/v1/probes',
    {
      config: { role: 'viewer' },
      schema: { tags, summary: 'All probes', querystring: probesQuerySchema, response: { 200: probesResponseSchema } },
    },
    async (request) => {
      probes.sessionIsThere(actorOf(request));
      const { service, file, ended } = parseQuery(probesQuerySchema, request.query);
      return { now: new Date(now()).toISOString(), probes: probes.list({ service, file, ended: ended === 'true' }) };
    },
  );

  app.post(
    '/api/v1/probes/preview',
    {
      config: { role: 'prober' },
      schema: {
        tags,
        summary: 'What a snapshot would capture: names, types and sizes',
        querystring: previewQuerySchema,
        response: { 200: previewSchema },
      },
    },
    async (request, reply) => {
      const { wait = defaultWaitSeconds } = parseQuery(previewQuerySchema, request.query);
      const body = previewRequest(parseBody(placeProbeSchema, request.body), wait);
      const actor = actorOf(request);
      const placed = audited(request, 'probe.place', body, (record) => probes.place(body, actor, record, false));
      const gone = new AbortController();
      reply.raw.on('close', () => gone.abort());
      return waitForPreview(probes, placed.probe.id, actor, wait, gone.signal);
    },
  );

  app.delete(
    '/api/v1/probes',
    {
      config: { role: 'prober' },
      schema: { tags, summary: 'Disarms all that fit', response: { 200: disarmedSchema } },
    },
    async (request) => {
      const wanted = parseQuery(disarmSchema, request.query);
      const actor = actorOf(request);
      // An agent ends its own session and nobody else's.
      if (actor.kind === 'agent' && (wanted.session === undefined || wanted.session !== actor.session)) {
        const reason = 'An agent removes its own probes: name its session.';
        audit.owe({
          actor,
          action: 'probe.disarm-all',
          subject: '',
          outcome: 'refused',
          reason,
          details: JSON.stringify(wanted),
        });
        throw new ProblemError('forbidden', reason);
      }
      const disarmed = await probes.disarm(wanted, actor);
      audit.owe({
        actor,
        action: 'probe.disarm-all',
        subject: disarmed.removed.join(' '),
        outcome: disarmed.unconfirmed.length === 0 ? 'done' : 'failed',
        ...(disarmed.unconfirmed.length === 0
          ? {}
          : { reason: `Not confirmed by ${disarmed.unconfirmed.map(({ instance }) => instance).join(', ')}.` }),
        details: JSON.stringify(wanted),
      });
      return disarmed;
    },
  );

  app.get(
    '/api/v1/probes/:id',
    { config: { role: 'viewer' }, schema: { tags, summary: 'One probe', response: { 200: placedProbeSchema } } },
    async (request) => {
      probes.sessionIsThere(actorOf(request));
      return probes.get(parseQuery(idSchema, request.params).id);
    },
  );

  app.get(
    '/api/v1/probes/:id/captures',
    {
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'What a probe has captured',
        querystring: capturesQuerySchema,
        response: { 200: capturesResponseSchema },
      },
    },
    async (request) => {
      const { id } = parseQuery(idSchema, request.params);
      const { after, limit } = parseQuery(capturesQuerySchema, request.query);
      probes.sessionIsThere(actorOf(request));
      const answer = { probe: probes.get(id), captures: probes.captures(id, after, limit ?? defaultCaptures) };
      // Asking again for what there is not yet reads nothing.
      if (answer.captures.length > 0) {
        const subject = `${nameOf(answer.probe.probe)}: ${answer.captures.length} captures`;
        audit.append({ actor: actorOf(request), action: 'captures.read', subject, outcome: 'done' });
      }
      return answer;
    },
  );

  app.post(
    '/api/v1/probes/:id/approve',
    {
      config: { role: 'prober' },
      schema: { tags, summary: 'A person’s yes to an agent’s probe', response: { 200: placedProbeSchema } },
    },
    async (request) => {
      const { id } = parseQuery(idSchema, request.params);
      const { hash } = parseBody(approveProbeSchema, request.body);
      return audited(request, 'probe.approve', { id, hash }, (record) =>
        probes.approve(id, hash, actorOf(request), record),
      );
    },
  );

  app.post(
    '/api/v1/probes/:id/change',
    {
      config: { role: 'prober' },
      schema: { tags, summary: 'Pauses, resumes or renews a probe', response: { 200: placedProbeSchema } },
    },
    async (request) => {
      const { id } = parseQuery(idSchema, request.params);
      const change = parseBody(changeProbeSchema, request.body);
      const action = change.paused === undefined ? 'probe.renew' : 'probe.pause';
      return audited(request, action, { id, ...change }, (record) =>
        probes.change(id, change, actorOf(request), record),
      );
    },
  );

  app.delete(
    '/api/v1/probes/:id',
    { config: { role: 'prober' }, schema: { tags, summary: 'Removes a probe', response: { 200: placedProbeSchema } } },
    async (request) => {
      const { id } = parseQuery(idSchema, request.params);
      return audited(request, 'probe.remove', { id }, () => {
        const removed = probes.remove(id, actorOf(request));
        // What takes a probe out of a service does not wait for a log that cannot be written.
        audit.owe({ actor: actorOf(request), action: 'probe.remove', subject: nameOf(removed.probe), outcome: 'done' });
        return removed;
      });
    },
  );

  app.post(
    `/${controlPaths.captures}`,
    {
      bodyLimit: 4 * controlLimits.bytes,
      config: { role: 'sensor' },
      schema: { tags: ['control'], summary: 'A sensor brings captures' },
    },
    async (request, reply) => {
      onlySensors(request);
      const { connection, captures } = parseBody(capturesMessageSchema, request.body);
      const sensor = sensors.find(connection);
      if (!sensor) throw new ProblemError('not-found', 'There is no such connection any more: connect again.');
      probes.captured(instanceOf(sensor), captures);
      return reply.code(204).send();
    },
  );
}

const nameOf = ({ id, request: { kind, place, target } }: Probe): string =>
  `${id} ${kind} ${target.service} ${place.file}:${place.line}`;

/** The sensors of the channel, as the probes see them. */
export function instancesOf(sensors: SensorRegistry): Instances {
  return {
    list: () => sensors.connected().map(instanceOf),
    find: (connection) => {
      const sensor = sensors.find(connection);
      return sensor && instanceOf(sensor);
    },
    tell: async (connection, probes, secretNames) => {
      const answer = await sensors.command(connection, {
        kind: 'probes',
        id: randomUUID(),
        probes: [...probes],
        secretNames: [...secretNames],
      });
      return answer?.outcome === 'done';
    },
  };
}

/** Tells the probes who comes, who goes, and what is reported. */
export function followSensors(sensors: SensorRegistry, probes: ProbeRegistry): void {
  sensors.listen({
    connected: (sensor) => probes.connected(instanceOf(sensor)),
    gone: (sensor) => probes.gone(instanceOf(sensor)),
    reported: (sensor, report) => {
      if (report.probes) probes.reported(instanceOf(sensor), report.probes);
    },
  });
}

const instanceOf = ({ connection, about, commands }: ListedSensor): Instance => ({
  connection,
  service: about.service,
  environment: about.environment,
  version: about.version,
  instance: about.instance,
  takesProbes: commands.includes('probes'),
});
