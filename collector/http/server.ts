/** The HTTP server: plugins, guards and routes in one place. */
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import type { FindingEvent } from '@runlens/protocol/api/findings';
import type { HealthResponse } from '@runlens/protocol/api/stream';
import { healthResponseSchema } from '@runlens/protocol/api/stream';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Logger } from 'pino';
import { isKnown, userOf } from '../access/actor.ts';
import { OpenAnswers } from '../access/open-answers.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { ContextDesk } from '../context/context-desk.ts';
import { contextRoutes } from '../context/context-routes.ts';
import { Happenings } from '../context/happenings.ts';
import { Neighbours } from '../context/neighbours.ts';
import { PushAudit } from '../context/push-audit.ts';
import { controlRoutes } from '../control/control-routes.ts';
import { SensorReadings } from '../control/sensor-readings.ts';
import { SensorRegistry } from '../control/sensor-registry.ts';
import type { Switches } from '../control/switches.ts';
import { serverLimits } from '../defaults.ts';
import { EventBook } from '../events/event-book.ts';
import type { EventFile } from '../events/event-file.ts';
import { EventIntake } from '../events/event-intake.ts';
import { eventRoutes } from '../events/event-routes.ts';
import type { EventSecrets } from '../events/event-secrets.ts';
import { EventView } from '../events/event-view.ts';
import { findingMessage } from '../events/inside/finding-message.ts';
import { ProductionWatch } from '../events/inside/production-watch.ts';
import { Evaluator } from '../findings/evaluator.ts';
import { Explainer } from '../findings/explain/explainer.ts';
import { FindingBook } from '../findings/finding-book.ts';
import type { FindingFile } from '../findings/finding-file.ts';
import { findingRoutes } from '../findings/finding-routes.ts';
import { mcpRoutes } from '../mcp/mcp-routes.ts';
import type { PolicyFile } from '../policy/policy-file.ts';
import { policyRedactor } from '../policy/policy-redactor.ts';
import { ProbeEvents } from '../probes/probe-events.ts';
import type { ProbeFile } from '../probes/probe-file.ts';
import { ProbeRegistry } from '../probes/probe-registry.ts';
import { followSensors, instancesOf, probeRoutes } from '../probes/probe-routes.ts';
import type { ProfileStore } from '../store/profile-store.ts';
import { collectorVersion } from '../version.ts';
import { type AccessRules, guard } from './access.ts';
import { Counters } from './counters.ts';
import { ingestRoutes } from './ingest-routes.ts';
import { answerProblems, ProblemError } from './problems.ts';
import { queryRoutes } from './query-routes.ts';
import { jsonSchemaOf } from './schemas.ts';
import { StreamHub } from './stream.ts';

export interface ServerOptions {
  readonly store: ProfileStore;
  readonly access: AccessRules;
  readonly switches: Switches;
  readonly probeFile: ProbeFile;
  readonly findingFile: FindingFile;
  readonly eventFile: EventFile;
  readonly eventSecrets: EventSecrets;
  /** From one look for findings, and at how services do, to the next, at least. */
  readonly findingsMilliseconds: number;
  readonly auditLog: AuditLog;
  readonly policy: PolicyFile;
  readonly logger: Logger;
  readonly now: () => number;
  readonly startedAt: number;
  /** How often resources that agents listen to are looked at; absent: every 15 seconds. */
  readonly resourceWatchMilliseconds?: number | undefined;
  /** Of one token or address. */
  readonly requestsPerMinute: number;
}

/** Beyond loopback: they name folders, and rules of the policy. */
const problemsUntold = 'There are problems: ask with a token, and they are told.';

/** Not listening yet. Closing it ends the streams of its clients. */
export async function buildServer(options: ServerOptions): Promise<FastifyInstance> {
  const { store, now, startedAt, access, requestsPerMinute } = options;
  const counters = new Counters();
  const sensors = new SensorRegistry({ switches: options.switches, now });
  const readings = new SensorReadings();
  const hub = new StreamHub({
    knownVersions: store.scopes().map((scope) => ({ ...scope, instance: '' })),
    now,
    onDropped: () => {
      counters.streamClientsDropped += 1;
    },
  });
  const iso = (): string => new Date(now()).toISOString();
  const told = new ProbeEvents((event, data) => hub.tell(event, data), now);
  const { auditLog } = options;
  const probes = new ProbeRegistry({
    file: options.probeFile,
    instances: instancesOf(sensors),
    policy: options.policy,
    isRevoked: (owner) => userOf(owner) !== access.user && access.tokens.isRevoked(userOf(owner)),
    now,
    onChange: (status) => told.changed(status),
    onCapture: ({ probe, id, service }) => hub.tell('capture', { at: iso(), probe, capture: id, service }),
    onUnconfirmed: ({ owner, id }, detail) => {
      options.logger.error({ probe: id }, `A probe that ended may still be in a service. ${detail}`);
      auditLog.owe({ actor: owner, action: 'probe.end', subject: id, outcome: 'failed', reason: detail });
    },
    onEnd: ({ owner, id }, cause, detail) => {
      if (cause !== 'disarmed')
        auditLog.owe({
          actor: owner,
          action: 'probe.end',
          subject: id,
          outcome: 'done',
          reason: `${cause}: ${detail}`,
        });
    },
  });
  followSensors(sensors, probes);
  const book = new FindingBook(options.findingFile);
  const explainer = new Explainer({
    policy: () => options.policy.current(),
    variables: process.env,
    ...{ audit: auditLog, now },
  });
  const evaluator = new Evaluator({
    ...{ store, book, now },
    milliseconds: options.findingsMilliseconds,
    explain: (asked) => explainer.evidence(asked),
    tellsDetails: (service, environment) => readings.tellsDetails(service, environment, now()),
    onChange: (event) => tellFindings(event),
    onProblem: (error) => options.logger.error({ err: error }, 'looking for findings failed'),
  });
  const events = new EventBook(options.eventFile);
  const eventView = new EventView({ book: events, store, policy: () => options.policy.lastGood(), now });
  const neighbours = new Neighbours(store, now);
  const happenings = new Happenings({ view: eventView, neighbours, now });
  const pushes = new PushAudit({ record: (entry) => auditLog.owe(entry), now });
  const desk = new ContextDesk({ happenings, neighbours, now, onTold: (push) => pushes.told(push) });
  const redactorOf = policyRedactor(options.policy);
  const intake = new EventIntake({
    ...{ book: events, now, redactor: redactorOf },
    onChange: (changes) => {
      hub.tell('event', eventView.told(changes));
      happenings.changed();
    },
    onProblem: (error) => options.logger.error({ err: error }, 'keeping events failed'),
  });
  const watch = new ProductionWatch({
    ...{ store, readings, book: events, intake, now },
    policy: () => options.policy.lastGood(),
    onProblem: (error) => options.logger.error({ err: error }, 'watching production failed'),
    milliseconds: options.findingsMilliseconds,
  });
  const tellFindings = (event: FindingEvent): void => {
    hub.tell('finding', event);
    const messages = event.changes.flatMap((change) => findingMessage(change, book.get(change.id), now()) ?? []);
    const read = messages.map((message) => ({
      ...{ message, evidence: message.title },
      onlyEnds: message.state === 'resolved',
    }));
    intake
      .take('runlens', read)
      .catch((error: unknown) => options.logger.error({ err: error }, 'keeping events failed'));
  };
  const loggerInstance: FastifyBaseLogger = options.logger;
  const app: FastifyInstance = Fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 1_048_576,
    // A sender keeps its connection between two exports of ten seconds.
    keepAliveTimeout: 65_000,
    requestTimeout: 30_000,
    forceCloseConnections: true,
    // One for the stream of events would hold a place and bring nothing.
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 500 },
  });
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.server.maxConnections = serverLimits.connections;
  answerProblems(app);
  const openAnswers = new OpenAnswers();
  guard(app, access, openAnswers);
  await app.register(helmet, { contentSecurityPolicy: { directives: { defaultSrc: ["'none'"] } } });
  await app.register(rateLimit, {
    max: requestsPerMinute,
    timeWindow: 60_000,
    // A token that counts for nothing makes nobody another.
    keyGenerator: (request) => (isKnown(request) && request.headers.authorization) || request.ip,
    errorResponseBuilder: (_request, { ttl }) =>
      new ProblemError(
        'too-many-requests',
        `More than ${requestsPerMinute} requests a minute came from here: wait ${Math.ceil(ttl / 1_000)} s.`,
        Math.ceil(ttl / 1_000),
      ),
  });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Runlens collector', version: collectorVersion },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: ({ schema, url }) => ({ schema: jsonSchemaOf(schema), url }),
  });
  app.addHook('onResponse', async (request, reply) => {
    counters.answered(request.routeOptions.url ?? '(none)', reply.statusCode, reply.elapsedTime / 1_000);
  });
  app.addHook('preClose', async () => {
    await evaluator.close();
    await watch.close();
    intake.close();
    await explainer.close();
    openAnswers.close();
    hub.close();
    sensors.close();
    probes.close();
    pushes.close();
    told.close();
  });

  await app.register(async (ingest) => ingestRoutes(ingest, { store, hub, counters, readings, now, startedAt }));
  await app.register(async (query) =>
    queryRoutes(query, { store, hub, sensors, readings, now, startedAt, user: access.user }),
  );
  await app.register(async (control) =>
    controlRoutes(control, {
      sensors,
      now,
      audit: auditLog,
    }),
  );
  await app.register(async (probing) => probeRoutes(probing, { probes, sensors, audit: auditLog, now }));
  await app.register(async (findings) =>
    findingRoutes(findings, {
      ...{ book, evaluator, now },
      audit: auditLog,
      tell: tellFindings,
    }),
  );
  await app.register(async (eventing) =>
    eventRoutes(eventing, {
      ...{ intake, access, counters, now },
      view: eventView,
      file: options.eventFile,
      secrets: options.eventSecrets,
    }),
  );
  await app.register(async (agents) => contextRoutes(agents, { desk }));
  await app.register(async (agents) =>
    mcpRoutes(agents, {
      now,
      onHappening: (listener) => happenings.onChange(listener),
      watchMilliseconds: options.resourceWatchMilliseconds,
    }),
  );
  await app.register(async (operator) => {
    operator.get(
      '/health',
      {
        exposeHeadRoute: true,
        config: { role: 'open' },
        schema: { tags: ['operator'], summary: 'Is all well', response: { 200: healthResponseSchema } },
      },
      async (request) => {
        const wrongPolicy = options.policy.problem();
        const problems = [
          ...store.problems(),
          ...options.probeFile.problems(),
          ...options.findingFile.problems(),
          ...options.eventFile.problems(),
          ...auditLog.problems,
          ...(wrongPolicy === undefined ? [] : [wrongPolicy]),
        ];
        const health: HealthResponse = {
          status: problems.length === 0 ? 'ok' : 'degraded',
          version: collectorVersion,
          startedAt: new Date(startedAt).toISOString(),
          problems: access.loopback || isKnown(request) || problems.length === 0 ? problems : [problemsUntold],
          lastIngest: counters.lastIngest === null ? null : new Date(counters.lastIngest).toISOString(),
        };
        return health;
      },
    );
    operator.get(
      '/metrics',
      { config: { role: 'viewer' }, schema: { tags: ['operator'], summary: 'For Prometheus' } },
      async (_request, reply) =>
        reply
          .header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
          .send(counters.text(store.figures(), hub.clients)),
    );
    operator.get('/api/openapi.json', { config: { role: 'viewer' }, schema: { hide: true } }, async () =>
      app.swagger(),
    );
  });
  await app.ready();
  return app;
}
