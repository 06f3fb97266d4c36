/** The names on the wire between a sensor and a collector: OTLP metrics, their attributes and resource attributes. */

export const metrics = {
  /** Monotonic delta sum, `{call}`: exact. A point of 0 announces a function that is measured and was not called. */
  calls: 'code.function.calls',
  /** Monotonic delta sum, `{call}`: exact; throws and rejections, by `error.type`. */
  errors: 'code.function.errors',
  /** Delta exponential histogram, `s`: sampled where a function is hot; weighted, so unbiased. */
  duration: 'code.function.duration',
  /** Monotonic delta sum, `{call}`: calls by their caller and entry; estimated from sampled calls. */
  callers: 'code.function.callers',
  /** Gauge, 1 for each source file that the sensor has loaded: which text of it runs there. */
  sourceFile: 'runlens.source.file',
  /** Gauge, 1 for each function that the sensor saw and does not measure, with the reason. */
  unmeasured: 'runlens.function.unmeasured',
  /** Monotonic delta sum, `{point}`: what a sensor had to drop, so that a gap is never silent. */
  dropped: 'runlens.sensor.dropped',
} as const;

export const attributes = {
  functionName: 'code.function.name',
  filePath: 'code.file.path',
  lineNumber: 'code.line.number',
  errorType: 'error.type',
  callerFunctionName: 'runlens.caller.function.name',
  callerFilePath: 'runlens.caller.file.path',
  entry: 'runlens.entry',
  /**
   * Git's object id (SHA-1 of `blob <length>\0<content>`, as `git hash-object`) of the source text as written, line ends
   * normalised to LF: the language server compares it with the editor's text, and finds the deployed text in git by it.
   */
  sourceBlob: 'runlens.source.blob',
  /** A sentence that says why something is not measured. */
  reason: 'runlens.reason',
} as const;

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

/** What is shown for a service that says no environment: development, since whoever deploys sets it. */
export const defaultEnvironment = 'development';
/** The version of a service that tells none, neither `service.version` nor a revision. */
export const unknownVersion = 'unknown';
/** OpenTelemetry's own default where `service.name` is not set. */
export const unknownService = 'unknown_service:node';
