/** The names on the wire between a sensor and a collector: OTLP metrics, their attributes and resource attributes. */

export const metrics = {
  /** Monotonic delta sum, `{call}`: exact. A point of 0 announces a function that is measured and was not called. */
  calls: 'code.function.calls',
  /** Monotonic delta sum, `{call}`: exact; throws and rejections, by `error.type`. */
  errors: 'code.function.errors',
  /**
   * Delta exponential histogram, `s`: sampled where a function is hot; weighted, so unbiased. Its exemplars are the
   * slowest calls that were timed, with the trace and span that were active, `runlens.entry`, and `runlens.conditions`.
   */
  duration: 'code.function.duration',
  /**
   * Monotonic delta sum, `{exception}`: errors that left a function or were caught in it, by `exception.type`,
   * `runlens.exception.*` and where they were thrown. Exact while there are few; see `sensor/errors/exceptions.ts`.
   */
  exceptions: 'runlens.function.exceptions',
  /**
   * Delta exponential histogram, `s`, of scale 3: those of `duration` that ran under a `runlens.condition` (of the same
   * samples and weights), or for a `runlens.entry` (of the calls whose stack was captured). Each point has one of both.
   */
  conditions: 'runlens.function.duration',
  /** Monotonic delta sum, `{call}`: calls by their caller and entry; estimated from sampled calls. */
  callers: 'code.function.callers',
  /**
   * Delta exponential histogram, `s`, as in OpenTelemetry's semantic conventions: queries, with their attributes and the
   * `code.*` of the first-party function that asked. Each is timed, so the counts are exact.
   */
  dbDuration: 'db.client.operation.duration',
  /** Delta exponential histogram, `{row}`: rows that a query gave, where the driver tells. */
  dbRows: 'db.client.response.returned_rows',
  /** Delta exponential histogram, `s`: calls of other services by HTTP, until the head of the answer. */
  httpDuration: 'http.client.request.duration',
  /**
   * Delta exponential histogram, `s`, as in OpenTelemetry's semantic conventions: requests that the service has answered,
   * by method, route (or `url.template`, where no framework tells one) and status. Each is timed, so the counts are exact.
   * What was asked for at no route has neither.
   */
  serverDuration: 'http.server.request.duration',
  /**
   * Delta exponential histogram, `s`, as in OpenTelemetry's semantic conventions: jobs of queues that the service has worked
   * on, with `runlens.entry`. Each is timed, so the counts are exact.
   */
  processDuration: 'messaging.process.duration',
  /**
   * Delta exponential histogram, `{query}`: how often a function asked the same in one request, or in one call of the
   * outermost measured function, one value for each. With more than one the `runlens.within.*` name the function in one
   * call of which they all were, where that is known: the one with the loop.
   */
  repeats: 'runlens.query.repeats',
  /**
   * Monotonic delta sum, `{call}`: calls of an `async` function that waits for one thing after the other though none of them needs
   * another, by `runlens.waits`. Told of functions whose calls take long.
   */
  serialWaits: 'runlens.function.serial_waits',
  /**
   * Monotonic delta sum, `{operation}`: queries and calls of other services that were looked at for repetition, by
   * `runlens.same`: whether the same, with the same values, was asked before in the same interval. The values stay in the process.
   */
  sameAsked: 'runlens.operation.same',
  /** Gauge, 1 for each source file that the sensor has loaded: which text of it runs there. */
  sourceFile: 'runlens.source.file',
  /** Gauge, 1 for each function that the sensor saw and does not measure, with the reason. */
  unmeasured: 'runlens.function.unmeasured',
  /**
   * Monotonic delta sum, `{breaker}`, by `runlens.breaker.name`, `runlens.breaker.state` and the function that asked by it first: in each
   * interval circuit breakers that are `open`, and once those that are `closed` again.
   */
  breakers: 'runlens.breaker',
  /**
   * Monotonic delta sum, `{point}`, by `runlens.reason`: what a sensor had to drop, so that a gap is never silent. Also
   * points that it added to those of a neighbouring interval, by which times are lost and no counts.
   */
  dropped: 'runlens.sensor.dropped',
  /**
   * Gauge, `1`: how much the sensor does, as the place in `sensorLevels` (`control-names.ts`), which `runlens.sensor.state`
   * names; 0 is all. A series of its own for each instance; of a time of which it tells `off`, no count is a zero.
   */
  sensorLevel: 'runlens.sensor.level',
  /** Gauge, `1`: what the sensor cost of the CPU time of its process, and at least of a third of a core, over its last looks, as it estimates. */
  sensorCpuShare: 'runlens.sensor.cpu.share',
  /**
   * Monotonic delta sum, `{coldstart}`, as in OpenTelemetry's conventions for functions as a service: starts of processes
   * that are stopped between calls. The collector takes it and does not keep it.
   */
  coldStarts: 'faas.coldstarts',
} as const;

export const attributes = {
  functionName: 'code.function.name',
  filePath: 'code.file.path',
  lineNumber: 'code.line.number',
  errorType: 'error.type',
  /** The same value as `error.type`. */
  exceptionType: 'exception.type',
  /** The message without any value: `no such product: {n}`; see `sensor/errors/message-shape.ts`. Absent: it has none. */
  exceptionShape: 'runlens.exception.shape',
  /** The types of what is behind it, nearest first: `AggregateError < ECONNREFUSED`. Absent: nothing is. */
  exceptionCause: 'runlens.exception.cause',
  /**
   * `here`: it was caught in this function, or in code that is not measured between this one and the one that it left.
   * Else it left this function, and `caller`: a measured caller caught it; `no`: it left the outermost measured function;
   * `unknown`: it is not known what became of it.
   */
  exceptionHandled: 'runlens.exception.handled',
  /** The measured function that threw it. Absent: not known. */
  thrownFunctionName: 'runlens.exception.thrown.function.name',
  thrownFilePath: 'runlens.exception.thrown.file.path',
  /** 1-based, in the source as written. Absent: not known. */
  thrownLineNumber: 'runlens.exception.thrown.line.number',
  /** `12 profileOf, 13 ordersOf+json`: the line of each wait, and what is called. */
  waits: 'runlens.waits',
  /** `true` or `false`. */
  same: 'runlens.same',
  callerFunctionName: 'runlens.caller.function.name',
  callerFilePath: 'runlens.caller.file.path',
  entry: 'runlens.entry',
  /** One of {@link conditions}. */
  condition: 'runlens.condition',
  /** Of an exemplar: those that it ran under, with commas between them. */
  conditions: 'runlens.conditions',
  /** Of an exemplar: how many queries its request asked meanwhile, and the most frequent: `SELECT orders × 24`. */
  queries: 'runlens.queries',
  queriesSummary: 'runlens.queries.summary',
  dbSystem: 'db.system.name',
  dbSummary: 'db.query.summary',
  /** Without any value: see `sensor/operations/sql.ts`. */
  dbText: 'db.query.text',
  dbOperation: 'db.operation.name',
  dbCollection: 'db.collection.name',
  httpMethod: 'http.request.method',
  httpStatusCode: 'http.response.status_code',
  httpRoute: 'http.route',
  messagingSystem: 'messaging.system',
  messagingDestination: 'messaging.destination.name',
  messagingOperation: 'messaging.operation.name',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  /** The path with `{id}` for what tells one thing from another; never a query string. */
  urlTemplate: 'url.template',
  withinFunctionName: 'runlens.within.function.name',
  withinFilePath: 'runlens.within.file.path',
  /**
   * Git's object id (SHA-1 of `blob <length>\0<content>`, as `git hash-object`) of the source text as written, line ends
   * normalised to LF: the language server compares it with the editor's text, and finds the deployed text in git by it.
   */
  sourceBlob: 'runlens.source.blob',
  /** A sentence that says why something is not measured. */
  reason: 'runlens.reason',
  sensorState: 'runlens.sensor.state',
  breakerName: 'runlens.breaker.name',
  breakerState: 'runlens.breaker.state',
} as const;

/** Under what a call ran, as far as it may matter to how long it takes. */
export const conditions = {
  /** Of the first 15 calls of a function in its process, those that begin within a second of the first. */
  cold: 'cold',
  /** It threw or was rejected. */
  failed: 'failed',
  /** So many HTTP requests were being answered by its process when it began, that of the call included. */
  requests1: 'requests 1',
  requests2: 'requests 2-4',
  requests5: 'requests 5-16',
  requests17: 'requests 17+',
} as const;
export type Condition = (typeof conditions)[keyof typeof conditions];

export const resourceAttributes = {
  serviceName: 'service.name',
  serviceVersion: 'service.version',
  serviceInstanceId: 'service.instance.id',
  environment: 'deployment.environment.name',
  revision: 'vcs.ref.head.revision',
  repositoryUrl: 'vcs.repository.url.full',
  /** The sensor's own version, so that an old one can be told from a broken one. */
  sensorVersion: 'telemetry.distro.version',
} as const;

/** Headers of OTLP requests, beside OTLP's own. */
export const requestHeaders = {
  /**
   * Names the content of a request, so that one whose answer was lost can be sent again and counts once.
   *
   * The value is `<service.instance.id>/<sender>.<number>`, the id percent-encoded: opaque, at most 200 characters of
   * ASCII. `<sender>` is random, one for each thread of each process, since instances may share an id and get it again
   * after a restart; `<number>` grows by 1 with each request of new content.
   *
   * The sensor gives the same value to the same bytes only, and sends a request that may have been received (the
   * connection stood, and no answer that settles it came: a timeout, a reset, 408, 429, 502, 503, 504) again as it was,
   * before anything newer, for as long as it lives. One that never left is made anew, with a new value.
   *
   * A collector remembers the values of what it has committed, durably and in the same transaction, and answers a
   * request whose value it knows as it did the first time (200), without counting it. A request that it refused, or
   * answered with a status that asks for another try, is not remembered. The last 16 values of each sender (what stands
   * before the last dot) suffice: requests come one after another, but for the last few of a process that ends. A
   * request without the header is always counted.
   */
  batch: 'runlens-batch',
} as const;

/** What is shown for a service that says no environment: development, since whoever deploys sets it. */
export const defaultEnvironment = 'development';
/** The version of a service that tells none, neither `service.version` nor a revision. */
export const unknownVersion = 'unknown';
/** OpenTelemetry's own default where `service.name` is not set. */
export const unknownService = 'unknown_service:node';
