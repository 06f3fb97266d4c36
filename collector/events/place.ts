/** Which service an event is of, and which code: by `runlens.yml`, by what the sender says, by the names that labels usually have. */
import type { EventMapping, Policy } from '@runlens/protocol/policy';
import { fitsPattern } from '../policy/pattern.ts';
import type { EventRecord } from './life-cycle.ts';

export interface Place {
  readonly service: string | null;
  readonly environment: string | null;
  readonly version: string | null;
  readonly revision: string | null;
  /** As routes and jobs may be named there: `/orders`, `GET /orders`. */
  readonly entries: readonly string[];
  readonly mapping: EventMapping | undefined;
  /** How it was found, a sentence a step. */
  readonly how: readonly string[];
}

/** Labels that name a service for certain, and those that do so only where a service of that name is known. */
const serviceLabels = ['service_name', 'service.name', 'service'];
const likelyServiceLabels = [
  'app_kubernetes_io_name',
  'app.kubernetes.io/name',
  'app',
  'application',
  'component',
  'deployment',
  'job',
  'container',
  'project',
  'repository',
];
const environmentLabels = [
  'deployment_environment_name',
  'deployment.environment.name',
  'deployment_environment',
  'environment',
  'env',
  'stage',
];
const versionLabels = ['service_version', 'service.version', 'version', 'release'];
const revisionLabels = ['vcs_ref_head_revision', 'vcs.ref.head.revision', 'revision', 'commit', 'sha'];
const entryLabels = ['http_route', 'http.route', 'route', 'endpoint', 'handler', 'entry', 'transaction'];
const methodLabels = ['http_request_method', 'http.request.method', 'method'];

export interface PlaceContext {
  readonly policy: Policy;
  /** Whether a service of that name sends telemetry here. */
  readonly isKnown: (service: string) => boolean;
}

export function placeOf({ source, message }: EventRecord, { policy, isKnown }: PlaceContext): Place {
  const { labels } = message;
  const mapping = policy.events?.mappings?.find((each) => fits(each, source, message.title, labels));
  const how: string[] = [];
  const tell = <Value>(value: Value, sentence: string): Value => {
    how.push(sentence);
    return value;
  };
  const first = (names: readonly string[]): readonly [string, string] | undefined => {
    const name = names.find((each) => (labels[each] ?? '') !== '');
    return name === undefined ? undefined : [name, labels[name] ?? ''];
  };
  const service = ((): string | null => {
    if (mapping?.service !== undefined)
      return tell(mapping.service, `service ${mapping.service}: ${nameOf(mapping)} of runlens.yml`);
    if (message.service !== undefined) return tell(message.service, `service ${message.service}: its sender says so`);
    const outright = serviceLabels.find((each) => (labels[each] ?? '') !== '');
    const likely = likelyServiceLabels.find((each) => isKnown(labels[each] ?? ''));
    const label =
      outright !== undefined && (isKnown(labels[outright] ?? '') || likely === undefined) ? outright : likely;
    if (label === undefined)
      return tell(null, 'no label names a service: say in runlens.yml (events, mappings) which one it is');
    return tell(labels[label] ?? null, `service ${labels[label]}: the label ${label}`);
  })();
  if (service !== null && !isKnown(service))
    how.push(`no service ${service} sends telemetry here: say in runlens.yml (events, mappings) which one it is`);
  const environment = mapping?.environment ?? message.environment ?? first(environmentLabels)?.[1] ?? null;
  const route = first(entryLabels)?.[1];
  const method = first(methodLabels)?.[1];
  return {
    service,
    environment,
    version: message.version ?? first(versionLabels)?.[1] ?? null,
    revision: message.revision ?? first(revisionLabels)?.[1] ?? null,
    entries: [
      ...(mapping?.entries ?? []),
      ...(message.entries ?? []),
      ...(route === undefined ? [] : [method === undefined ? route : `${method.toUpperCase()} ${route}`]),
    ],
    mapping,
    how,
  };
}

const nameOf = ({ name }: EventMapping): string => (name === undefined ? 'a mapping' : `the mapping “${name}”`);

function fits(
  { sources, labels: wanted }: EventMapping,
  source: EventRecord['source'],
  title: string,
  labels: Readonly<Record<string, string>>,
): boolean {
  if (sources !== undefined && !sources.includes(source)) return false;
  return Object.entries(wanted ?? {}).every(([name, pattern]) => {
    const value = name === 'title' ? title : labels[name];
    return value !== undefined && fitsPattern([pattern], value);
  });
}
