import { resourceAttributes, unknownService } from '@runlens/protocol/telemetry';
import { keyValues } from './configuration.ts';
import {
  deployVariables,
  environmentNameVariables,
  isPlaceholder,
  repositoryParts,
  repositoryVariables,
  revisionOf,
  revisionVariables,
  versionVariables,
} from './deploy-variables.ts';
import { functionHost } from './processes/host.ts';
import { withoutCredentials } from './source/repository.ts';

/** The attributes of an OpenTelemetry resource, in the order in which they are sent. */
export type Resource = ReadonlyMap<string, string>;

type Environment = Readonly<Record<string, string | undefined>>;

/** What is known of the service besides its environment variables. */
export interface ServiceFacts {
  readonly packageName: string | undefined;
  readonly packageVersion: string | undefined;
  /** The commit of the checkout that the service runs from. */
  readonly checkoutRevision: string | undefined;
  readonly repositoryUrl: string | undefined;
  readonly instanceId: string;
  readonly sensorVersion: string;
  readonly processId: number;
  readonly nodeVersion: string;
  /** 0: the main thread. */
  readonly threadId: number;
}

const shortRevisionDigits = 12;

/**
 * The resource that all numbers of this process belong to. What OpenTelemetry's variables say wins over what hosts, builds
 * and other agents have set, and that over what is found in files; the whole order is in docs/deploys.md.
 *
 * `service.version` must change with every deploy and only then: a package's version that nobody raises would pour two
 * deploys together. So it is the package's version and the commit (`1.4.0+3f2a91c0d4e5`), the commit alone where the
 * package has no version worth the name, the package's version alone where no commit is known.
 */
export function makeResource(environment: Environment, facts: ServiceFacts, problems: string[] = []): Resource {
  const given = keyValues(environment.OTEL_RESOURCE_ATTRIBUTES, 'OTEL_RESOURCE_ATTRIBUTES', problems);
  const name = resourceAttributes;
  const host = functionHost(environment);
  const revision =
    revisionFrom(given[name.revision], `${name.revision} in OTEL_RESOURCE_ATTRIBUTES`, problems) ??
    environmentRevision(environment, problems) ??
    facts.checkoutRevision;
  const resource = new Map<string, string>();
  const set = (key: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') resource.set(key, value);
  };
  set(
    name.serviceName,
    trimmed(environment.OTEL_SERVICE_NAME) ??
      given[name.serviceName] ??
      trimmed(environment.DD_SERVICE) ??
      host?.name ??
      facts.packageName ??
      unknownService,
  );
  set(
    name.serviceVersion,
    given[name.serviceVersion] ??
      firstOf(environment, versionVariables) ??
      versionOf(environment, facts.packageVersion, revision),
  );
  set(name.serviceInstanceId, given[name.serviceInstanceId] ?? facts.instanceId);
  set(
    name.environment,
    given[name.environment] ?? given['deployment.environment'] ?? firstOf(environment, environmentNameVariables),
  );
  set(name.revision, revision);
  set(
    name.repositoryUrl,
    repositoryFrom(given[name.repositoryUrl], `${name.repositoryUrl} in OTEL_RESOURCE_ATTRIBUTES`, problems) ??
      environmentRepository(environment, problems) ??
      facts.repositoryUrl,
  );
  for (const [key, value] of Object.entries(host?.attributes ?? {})) set(key, given[key] ?? value);
  const refused = new Set<string>([name.revision, name.repositoryUrl]);
  for (const [key, value] of Object.entries(given)) if (!resource.has(key) && !refused.has(key)) set(key, value);
  set('telemetry.distro.name', 'runlens');
  set(name.sensorVersion, facts.sensorVersion);
  set('process.pid', String(facts.processId));
  set('process.runtime.name', 'nodejs');
  set('process.runtime.version', facts.nodeVersion);
  if (facts.threadId > 0) set('thread.id', String(facts.threadId));
  return resource;
}

function versionOf(
  environment: Environment,
  packageVersion: string | undefined,
  revision: string | undefined,
): string | undefined {
  const version = packageVersion === undefined || /^0\.0\.0($|-)/.test(packageVersion) ? undefined : packageVersion;
  const deploy = revision?.slice(0, shortRevisionDigits) ?? firstOf(environment, deployVariables);
  return version !== undefined && deploy !== undefined ? `${version}+${deploy}` : (deploy ?? version);
}

function environmentRevision(environment: Environment, problems: string[]): string | undefined {
  for (const variable of revisionVariables) {
    const revision = revisionFrom(environment[variable], variable, problems);
    if (revision !== undefined) return revision;
  }
  return undefined;
}

/** Values are not told with a problem: a variable that is used for something else may hold anything. */
function revisionFrom(text: string | undefined, source: string, problems: string[]): string | undefined {
  const value = trimmed(text);
  if (value === undefined || isPlaceholder(value)) return undefined;
  const revision = revisionOf(value);
  if (revision === undefined) problems.push(`${source} is no commit (7 to 64 hexadecimal digits); it is not used`);
  return revision;
}

function environmentRepository(environment: Environment, problems: string[]): string | undefined {
  for (const variable of repositoryVariables) {
    const url = repositoryFrom(environment[variable], variable, problems);
    if (url !== undefined) return url;
  }
  for (const { server, path } of repositoryParts) {
    const base = server.includes('://') ? server : trimmed(environment[server]);
    const parts = path.map((variable) => trimmed(environment[variable]));
    if (base === undefined || parts.includes(undefined)) continue;
    const url = withoutCredentials([base.replace(/\/+$/, ''), ...parts].join('/'));
    if (url !== undefined) return url;
  }
  return undefined;
}

function repositoryFrom(text: string | undefined, source: string, problems: string[]): string | undefined {
  const value = trimmed(text);
  if (value === undefined || isPlaceholder(value)) return undefined;
  const url = withoutCredentials(value);
  if (url === undefined) problems.push(`${source} is not the URL of a repository; it is not used`);
  return url;
}

function firstOf(environment: Environment, variables: readonly string[]): string | undefined {
  for (const variable of variables) {
    const value = trimmed(environment[variable]);
    // The latest code of a function on Lambda has no number yet.
    if (value !== undefined && value !== '$LATEST') return value;
  }
  return undefined;
}

const trimmed = (value: string | undefined): string | undefined => value?.trim() || undefined;
