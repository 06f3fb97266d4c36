import { type CaptureLimits, defaultCaptureLimits, probeLimits } from '@runlens/protocol/probes/limits';
import type { ArmedProbe } from '@runlens/protocol/probes/messages';

/** The collector's `probes`: all that there are for this instance. */
export interface ProbesCommand {
  readonly kind: 'probes';
  readonly id: string;
  readonly probes: readonly ArmedProbe[];
  readonly secretNames: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Ceilings of the protocol's schemas: what is beyond them no collector of this version has sent. */
const mostProbes = 200;
const mostNames = 1000;
const longestName = 100;
const longestPath = 1024;
const longestLabel = 512;
const mostLine = 10_000_000;
const mostLimits: CaptureLimits = {
  depth: 6,
  fields: 100,
  elements: 1000,
  characters: 8192,
  frames: 64,
  bytes: 1_048_576,
  milliseconds: 10,
};
const kinds = ['snapshot', 'log', 'counter', 'timer'] as const;
const sides = ['line', 'entry', 'exit'] as const;
const levels = ['debug', 'info', 'warn', 'error'] as const;

/** Undefined: not a command as the protocol has it. All or nothing: of a part the rest would be withdrawn. */
export function readProbes(id: string, { probes, secretNames }: Fields): ProbesCommand | undefined {
  if (!Array.isArray(probes) || probes.length > mostProbes || !Array.isArray(secretNames)) return undefined;
  const names = secretNames.filter(isText(longestName));
  if (names.length !== secretNames.length || names.length > mostNames) return undefined;
  const read: ArmedProbe[] = [];
  for (const probe of probes) {
    const armed = isFields(probe) ? readProbe(probe) : undefined;
    if (!armed) return undefined;
    read.push(armed);
  }
  return { kind: 'probes', id, probes: read, secretNames: names };
}

function readProbe({ id, request, capture, hits, rate, expiresAt, paused }: Fields): ArmedProbe | undefined {
  if (typeof id !== 'string' || !/^p-[0-9a-z]{8,32}$/.test(id)) return undefined;
  if (!isFields(request) || typeof expiresAt !== 'string' || typeof paused !== 'boolean') return undefined;
  const at = Date.parse(expiresAt);
  const most = Date.now() + probeLimits.longestLife * 1000;
  const read = readRequest(request);
  const limits = readLimits(capture);
  if (!read || !limits || Number.isNaN(at) || !isHits(hits) || !isRate(rate)) return undefined;
  return {
    id,
    request: read,
    capture: limits,
    hits,
    rate,
    // The clocks of both may differ: here it ends after its longest life at the latest.
    expiresAt: new Date(Math.min(at, most)).toISOString(),
    paused,
  };
}

function readRequest(request: Fields): ArmedProbe['request'] | undefined {
  const { place, condition, expressions, message, level, toServiceLog, by, target } = request;
  const kind = kinds.find((one) => one === request.kind);
  if (!kind || !isFields(place) || !isFields(target)) return undefined;
  const { file, line, untilLine, function: name, blob } = place;
  const at = sides.find((one) => one === (place.at ?? 'line'));
  const isExpression = isText(probeLimits.expression);
  if (!at || !isText(longestPath)(file) || !isLine(line)) return undefined;
  if (untilLine !== undefined && !isLine(untilLine)) return undefined;
  if (name !== undefined && !isText(longestLabel)(name)) return undefined;
  if (blob !== undefined && !(typeof blob === 'string' && /^[0-9a-f]{40}$/.test(blob))) return undefined;
  if (condition !== undefined && !isExpression(condition)) return undefined;
  if (by !== undefined && !isExpression(by)) return undefined;
  if (message !== undefined && !isText(probeLimits.message)(message)) return undefined;
  const texts = expressions ?? [];
  if (!Array.isArray(texts) || texts.length > probeLimits.expressions || !texts.every(isExpression)) return undefined;
  const written = level === undefined ? undefined : levels.find((one) => one === level);
  if (level !== undefined && !written) return undefined;
  const service = typeof target.service === 'string' ? target.service : '';
  return {
    kind,
    place: {
      file,
      line,
      at,
      ...(untilLine === undefined ? {} : { untilLine }),
      ...(name === undefined ? {} : { function: name }),
      ...(blob === undefined ? {} : { blob }),
    },
    target: { service },
    ...(condition === undefined ? {} : { condition }),
    ...(expressions === undefined ? {} : { expressions: texts }),
    ...(message === undefined ? {} : { message }),
    ...(written === undefined ? {} : { level: written }),
    ...(by === undefined ? {} : { by }),
    ...(toServiceLog === true ? { toServiceLog } : {}),
    ...(request.preview === true ? { preview: true } : {}),
  };
}

function readLimits(given: unknown): CaptureLimits | undefined {
  if (!isFields(given)) return undefined;
  const limits: Record<string, number> = {};
  for (const [name, usual] of Object.entries(defaultCaptureLimits)) {
    const value = given[name] ?? usual;
    const most: unknown = Reflect.get(mostLimits, name);
    if (typeof value !== 'number' || !(value >= 0) || typeof most !== 'number') return undefined;
    limits[name] = Math.min(value, most);
  }
  // It has exactly the names of the default.
  return limits as unknown as CaptureLimits;
}

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const isText =
  (most: number) =>
  (value: unknown): value is string =>
    typeof value === 'string' && value !== '' && value.length <= most;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;
const isLine = (value: unknown): value is number => isCount(value) && value <= mostLine;
const isHits = (value: unknown): value is number | null => value === null || isCount(value);
const isRate = (value: unknown): value is number | null => value === null || (typeof value === 'number' && value > 0);
