/** What the collector counts of itself, and its text for Prometheus (exposition format 0.0.4). */
import type { EventsTaken } from '@runlens/protocol/api/events';
import type { AcceptedRequest } from '../ingest/batches.ts';
import type { StoreFigures } from '../store/profile-store.ts';

/** Upper bounds in seconds. */
const latencyBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5] as const;
/** Reasons are our own sentences, a dozen; the bound is there because they end up as labels. */
const mostReasons = 50;

interface Latency {
  readonly buckets: number[];
  sum: number;
  count: number;
}

export class Counters {
  ingestRequests = 0;
  ingestRepeated = 0;
  ingestBytes = 0;
  points = 0;
  ignoredPoints = 0;
  pointsAhead = 0;
  droppedBySensors = 0;
  lastIngest: number | null = null;
  streamClientsDropped = 0;
  readonly rejected = new Map<string, number>();
  readonly #events = { taken: 0, known: 0, folded: 0 };
  readonly #latencies = new Map<string, Latency>();

  ingested(accepted: AcceptedRequest, ignored: number, rejected: ReadonlyMap<string, number>, at: number): void {
    this.points += accepted.points;
    this.ignoredPoints += ignored;
    this.pointsAhead += accepted.ahead;
    this.droppedBySensors += accepted.droppedBySensors;
    for (const [reason, points] of rejected) {
      const key = this.rejected.has(reason) || this.rejected.size < mostReasons ? reason : 'other';
      this.rejected.set(key, (this.rejected.get(key) ?? 0) + points);
    }
    if (accepted.points > 0) this.lastIngest = at;
  }

  events({ taken, known, folded }: EventsTaken): void {
    this.#events.taken += taken;
    this.#events.known += known;
    this.#events.folded += folded;
  }

  answered(route: string, status: number, seconds: number): void {
    const key = `route="${label(route)}",status="${status}"`;
    let latency = this.#latencies.get(key);
    if (latency === undefined) {
      latency = { buckets: latencyBounds.map(() => 0), sum: 0, count: 0 };
      this.#latencies.set(key, latency);
    }
    for (const [i, bound] of latencyBounds.entries())
      if (seconds <= bound) latency.buckets[i] = (latency.buckets[i] ?? 0) + 1;
    latency.sum += seconds;
    latency.count += 1;
  }

  text(store: StoreFigures, streamClients: number): string {
    const lines: string[] = [];
    const metric = (name: string, kind: 'counter' | 'gauge', help: string, value: number): void => {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`, `${name} ${value}`);
    };
    metric('runlens_ingest_requests_total', 'counter', 'OTLP requests read.', this.ingestRequests);
    metric(
      'runlens_ingest_requests_repeated_total',
      'counter',
      'OTLP requests that were counted before.',
      this.ingestRepeated,
    );
    metric('runlens_ingest_bytes_total', 'counter', 'Bytes of OTLP requests, decompressed.', this.ingestBytes);
    metric('runlens_ingest_points_total', 'counter', 'Points taken.', this.points);
    metric(
      'runlens_ingest_points_ignored_total',
      'counter',
      'Points of metrics that are not stored.',
      this.ignoredPoints,
    );
    metric(
      'runlens_ingest_points_ahead_total',
      'counter',
      'Points whose time was ahead of this clock.',
      this.pointsAhead,
    );
    metric('runlens_sensor_dropped_points_total', 'counter', 'Points that sensors had to drop.', this.droppedBySensors);
    lines.push(
      '# HELP runlens_ingest_points_rejected_total Points not taken.',
      '# TYPE runlens_ingest_points_rejected_total counter',
    );
    for (const [reason, points] of this.rejected) {
      lines.push(`runlens_ingest_points_rejected_total{reason="${label(reason)}"} ${points}`);
    }
    metric('runlens_store_bytes', 'gauge', 'Size of the store.', store.bytes);
    metric('runlens_store_functions', 'gauge', 'Functions known, counted a version.', store.functions);
    metric('runlens_store_rows_waiting', 'gauge', 'Rows in the journal, not in the tables yet.', store.rowsWaiting);
    metric('runlens_store_commits_total', 'counter', 'Group commits.', store.commits);
    metric('runlens_store_commit_seconds_total', 'counter', 'Time spent in group commits.', store.commitSeconds);
    metric('runlens_store_folds_total', 'counter', 'Folds of the journal into the tables.', store.folds);
    metric('runlens_store_fold_seconds_total', 'counter', 'Time spent in folds.', store.foldSeconds);
    metric('runlens_stream_clients', 'gauge', 'Clients of the event stream.', streamClients);
    metric(
      'runlens_stream_clients_dropped_total',
      'counter',
      'Clients closed because they did not read.',
      this.streamClientsDropped,
    );
    lines.push(
      '# HELP runlens_events_total Messages of events: that told something new, what was known, or were only counted.',
      '# TYPE runlens_events_total counter',
    );
    for (const [told, messages] of Object.entries(this.#events))
      lines.push(`runlens_events_total{told="${told}"} ${messages}`);
    metric('process_resident_memory_bytes', 'gauge', 'Resident memory.', process.memoryUsage.rss());
    lines.push('# HELP runlens_http_request_seconds Time to answer.', '# TYPE runlens_http_request_seconds histogram');
    for (const [key, { buckets, sum, count }] of this.#latencies) {
      for (const [i, bound] of latencyBounds.entries()) {
        lines.push(`runlens_http_request_seconds_bucket{${key},le="${bound}"} ${buckets[i] ?? 0}`);
      }
      lines.push(`runlens_http_request_seconds_bucket{${key},le="+Inf"} ${count}`);
      lines.push(
        `runlens_http_request_seconds_sum{${key}} ${sum}`,
        `runlens_http_request_seconds_count{${key}} ${count}`,
      );
    }
    return `${lines.join('\n')}\n`;
  }
}

const label = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', ' ');
