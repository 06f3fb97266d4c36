/** The channel of sensors, and the switch of them. */
import { sensorsResponseSchema, switchRequestSchema, switchResponseSchema } from '@runlens/protocol/api/sensors';
import type { AuditEntry } from '@runlens/protocol/audit';
import {
  controlHeader,
  controlLimits,
  controlPaths,
  controlVersion,
  sensorHelloSchema,
  sensorReportSchema,
} from '@runlens/protocol/control';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { actorOf } from '../access/actor.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { ProblemError } from '../http/problems.ts';
import { parseBody } from '../http/schemas.ts';
import type { SensorRegistry } from './sensor-registry.ts';

export function controlRoutes(
  app: FastifyInstance,
  {
    sensors,
    now,
    audit,
  }: {
    readonly sensors: SensorRegistry;
    readonly now: () => number;
    readonly audit: Pick<AuditLog, 'append' | 'owe'>;
  },
): void {
  const iso = (): string => new Date(now()).toISOString();

  app.post(
    `/${controlPaths.connect}`,
    {
      bodyLimit: controlLimits.bytes,
      config: { role: 'sensor' },
      schema: { tags: ['control'], summary: 'A sensor waits for commands' },
    },
    async (request, reply) => {
      onlySensors(request);
      const hello = parseBody(sensorHelloSchema, request.body);
      reply.raw.setHeader('content-type', 'application/x-ndjson; charset=utf-8');
      reply.raw.setHeader('cache-control', 'no-store');
      reply.raw.setHeader('x-accel-buffering', 'no');
      if (!sensors.add(hello, reply.raw)) {
        reply.raw.removeHeader('content-type');
        throw new ProblemError('unavailable', 'Too many sensors are connected already: try again later.', 60);
      }
      reply.hijack();
    },
  );

  app.post(
    `/${controlPaths.report}`,
    {
      bodyLimit: controlLimits.bytes,
      config: { role: 'sensor' },
      schema: { tags: ['control'], summary: 'A sensor tells what it does' },
    },
    async (request, reply) => {
      onlySensors(request);
      if (!sensors.report(parseBody(sensorReportSchema, request.body))) {
        throw new ProblemError('not-found', 'There is no such connection any more: connect again.');
      }
      return reply.code(204).send();
    },
  );

  app.get(
    '/api/v1/sensors',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['control'],
        summary: 'Sensors that are connected, what they do and cost, and what is switched off',
        response: { 200: sensorsResponseSchema },
      },
    },
    async () => ({ now: iso(), sensors: sensors.list(), switches: sensors.switches }),
  );

  app.post(
    '/api/v1/sensors/state',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['control'],
        summary: 'Switches the sensors of a service off or on, also those that connect later',
        response: { 200: switchResponseSchema },
      },
    },
    async (request) => {
      const { service, environment, instance, on } = parseBody(switchRequestSchema, request.body);
      const wanted = {
        service,
        ...(environment === undefined ? {} : { environment }),
        ...(instance === undefined ? {} : { instance }),
        on,
        at: iso(),
      };
      const record: AuditEntry = {
        actor: actorOf(request),
        action: 'sensors.switch',
        subject: service,
        outcome: 'done',
        details: JSON.stringify(wanted),
      };
      // Switching off is what saves a service: it does not wait for a log that cannot be written.
      if (on) audit.append(record);
      else audit.owe(record);
      const answers = await sensors.switch(wanted);
      return {
        switch: wanted,
        sensors: answers.map(({ sensor, outcome, reason }) => ({
          ...sensor,
          outcome,
          ...(reason === undefined ? {} : { reason }),
        })),
      };
    },
  );
}

/** Nothing but a sensor sends the header: a page in a browser cannot, without asking first. */
export function onlySensors(request: FastifyRequest): void {
  const version = request.headers[controlHeader];
  if (version === undefined) {
    throw new ProblemError('forbidden', `This path is for sensors, which send the header ${controlHeader}.`);
  }
  if (version !== String(controlVersion)) {
    throw new ProblemError(
      'bad-request',
      `This collector speaks version ${controlVersion} of the control channel: bring the sensor and the collector to the same version.`,
    );
  }
}
