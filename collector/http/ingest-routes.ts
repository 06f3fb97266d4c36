/** `POST /v1/metrics`: OTLP/HTTP (opentelemetry-proto, "OTLP/HTTP Request" and "Partial Success"). */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, type ZlibOptions } from 'node:zlib';
import { requestHeaders } from '@runlens/protocol/telemetry';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { SensorReadings } from '../control/sensor-readings.ts';
import { ingestLimits } from '../defaults.ts';
import { batchesOf } from '../ingest/batches.ts';
import { JsonMetricsReader } from '../ingest/json-metrics.ts';
import { MalformedRequestError, type MetricsRequest } from '../ingest/metrics-request.ts';
import { encodePartialSuccess } from '../ingest/partial-success.ts';
import { ProtobufMetricsReader } from '../ingest/protobuf-metrics.ts';
import { CumulativeSeries } from '../ingest/temporality.ts';
import { withUndetailed } from '../ingest/undetailed.ts';
import type { ProfileStore } from '../store/profile-store.ts';
import { BodyBudget } from './body-budget.ts';
import type { Counters } from './counters.ts';
import { ProblemError } from './problems.ts';
import type { StreamHub } from './stream.ts';

type Inflate = (body: Buffer, options: ZlibOptions) => Promise<Buffer>;
const inflaters: Readonly<Record<string, Inflate>> = {
  gzip: promisify<Buffer, ZlibOptions, Buffer>(gunzip),
  'x-gzip': promisify<Buffer, ZlibOptions, Buffer>(gunzip),
  deflate: promisify<Buffer, ZlibOptions, Buffer>(inflate),
  br: promisify<Buffer, ZlibOptions, Buffer>(brotliDecompress),
};

/** Bytes inflated at a time, at least and at most: an export of 20,000 functions is one piece. */
const smallestPiece = 64 * 2 ** 10;
const largestPiece = 16 * 2 ** 20;

export interface IngestOptions {
  readonly store: ProfileStore;
  readonly hub: StreamHub;
  readonly counters: Counters;
  readonly readings: SensorReadings;
  readonly now: () => number;
  readonly startedAt: number;
}

export function ingestRoutes(app: FastifyInstance, options: IngestOptions): void {
  const protobuf = new ProtobufMetricsReader();
  const json = new JsonMetricsReader();
  const series = new CumulativeSeries(options.startedAt);
  const budget = new BodyBudget(ingestLimits.bytesInFlight);

  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    ['application/x-protobuf', 'application/json'],
    { parseAs: 'buffer', bodyLimit: ingestLimits.compressedBytes },
    (_request, body, done) => done(null, body),
  );

  app.post(
    '/v1/metrics',
    { config: { role: 'sensor' }, schema: { tags: ['ingest'], summary: 'Takes OTLP metrics in' } },
    async (request, reply) => {
      const { body } = request;
      if (!Buffer.isBuffer(body))
        throw new ProblemError('bad-request', 'The body is empty: send an OTLP metrics request.');
      const isJson = /^application\/json\b/i.test(request.headers['content-type'] ?? '');
      const id = batchId(request);
      const answer = (rejected: ReadonlyMap<string, number>) =>
        isJson
          ? reply.header('content-type', 'application/json').send(JSON.stringify(partialSuccessJson(rejected)))
          : reply.header('content-type', 'application/x-protobuf').send(encodePartialSuccess(rejected));
      return budget.holding(body.length, inflation(request, body), body, async (plain) => {
        // From here to `append` nothing waits: two requests of one id cannot both find that it is new.
        const earlier = id === undefined ? undefined : options.store.appended(id);
        if (earlier !== undefined) {
          options.counters.ingestRepeated += 1;
          return answer(await earlier);
        }
        options.counters.ingestRequests += 1;
        options.counters.ingestBytes += plain.length;
        const metrics = parsed(plain, isJson ? json : protobuf);
        const arrival = options.now();
        const staged = series.stage();
        const accepted = batchesOf(metrics, arrival, staged);
        // A level is told with the first numbers that it is of.
        const told = new Map(accepted.readings.map(({ instance, level }) => [instance, level]));
        const batches = withUndetailed(accepted.batches, (of) => told.get(of.instance) ?? options.readings.levelOf(of));
        const refused = await options.store.append(batches, id);
        staged.commit();
        const rejected = new Map(accepted.rejected);
        for (const [reason, points] of refused) rejected.set(reason, (rejected.get(reason) ?? 0) + points);
        options.counters.ingested(accepted, metrics.ignoredPoints, rejected, arrival);
        options.readings.take(accepted.readings, arrival);
        options.hub.changed(accepted.batches);
        if (accepted.ahead > 0) {
          request.log.warn(
            { points: accepted.ahead, service: accepted.batches[0]?.instance.service },
            'points from the future were taken as of now: the clock of the service or of this machine is wrong',
          );
        }
        return answer(rejected);
      });
    },
  );
}

/** What the request names itself; a value that cannot be meant is as none, so that nothing is lost. */
function batchId(request: FastifyRequest): string | undefined {
  const value = request.headers[requestHeaders.batch];
  return typeof value === 'string' && /^[\x21-\x7e]{3,200}$/.test(value) && /[./]/.test(value) ? value : undefined;
}

function parsed(plain: Buffer, reader: ProtobufMetricsReader | JsonMetricsReader): MetricsRequest {
  try {
    return reader.read(plain);
  } catch (error) {
    if (!(error instanceof MalformedRequestError)) throw error;
    throw new ProblemError(
      'bad-request',
      `The body is not an OTLP metrics request: ${error.message}. Check that it is whole and that its content type is right.`,
    );
  }
}

/** How to inflate a body; undefined when it is plain. Up to the limit and no further, so that a bomb costs no more than
 * an honest request of that size. */
function inflation(request: FastifyRequest, body: Buffer): (() => Promise<Buffer>) | undefined {
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase().trim();
  if (encoding === 'identity' || encoding === '') return undefined;
  const inflater = Object.hasOwn(inflaters, encoding) ? inflaters[encoding] : undefined;
  if (inflater === undefined) {
    throw new ProblemError(
      'unsupported-media-type',
      `The content encoding "${encoding.slice(0, 40)}" is not known: use gzip, deflate or none.`,
    );
  }
  return async () => {
    try {
      return await inflater(body, {
        maxOutputLength: ingestLimits.plainBytes,
        chunkSize: inflatedPiece(encoding, body),
      });
    } catch (error) {
      if (error instanceof RangeError) {
        throw new ProblemError(
          'payload-too-large',
          `The body is larger than ${ingestLimits.plainBytes / 2 ** 20} MiB when decompressed: send it in smaller parts.`,
        );
      }
      const why = error instanceof Error ? error.message : 'unreadable';
      throw new ProblemError('bad-request', `The body is not valid ${encoding}: ${why}.`);
    }
  };
}

/**
 * How much is inflated at a time: each piece is a turn through the thread pool and back. gzip tells in its last four bytes
 * how much there is (RFC 1952, 2.3.1), which may be false and then only costs memory that nobody touches.
 */
function inflatedPiece(encoding: string, body: Buffer): number {
  const told = encoding.endsWith('gzip') && body.length > 18 ? body.readUInt32LE(body.length - 4) + 1 : 0;
  return Math.min(Math.max(told, smallestPiece), largestPiece);
}

function partialSuccessJson(rejected: ReadonlyMap<string, number>): object {
  if (rejected.size === 0) return {};
  const points = [...rejected.values()].reduce((sum, each) => sum + each, 0);
  return { partialSuccess: { rejectedDataPoints: String(points), errorMessage: [...rejected.keys()].join('; ') } };
}
