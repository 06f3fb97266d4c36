import { resourceAttributes, unknownService } from '@runlens/protocol/telemetry';
import { keyValues } from './configuration.ts';

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

/** Where builds and hosts leave the commit: what somebody set on purpose first, then platforms. */
const revisionVariables = [
  'GIT_COMMIT',
  'GIT_COMMIT_SHA',
  'GIT_SHA',
  'GIT_REVISION',
  'COMMIT_SHA',
  'SOURCE_COMMIT',
  'SOURCE_VERSION',
  'HEROKU_SLUG_COMMIT',
  'HEROKU_BUILD_COMMIT',
  'VERCEL_GIT_COMMIT_SHA',
  'RENDER_GIT_COMMIT',
  'RAILWAY_GIT_COMMIT_SHA',
  'KOYEB_GIT_SHA',
  'CF_PAGES_COMMIT_SHA',
  'COMMIT_REF',
  'GITHUB_SHA',
  'CI_COMMIT_SHA',
  'CIRCLE_SHA1',
  'BUILDKITE_COMMIT',
  'BITBUCKET_COMMIT',
  'DRONE_COMMIT_SHA',
  'TRAVIS_COMMIT',
] as const;

/** Names of a deploy that is not a commit: Cloud Run, Fly, App Engine. They tell two deploys of one version apart. */
const deployVariables = ['K_REVISION', 'GAE_VERSION', 'FLY_MACHINE_VERSION'] as const;

const shortRevisionDigits = 12;

/**
 * The resource that all numbers of this process belong to. What OpenTelemetry's variables say wins over what is found.
 *
 * `service.version` must change with every deploy and only then: a package's version that nobody raises would pour two
 * deploys together. So it is the package's version and the commit (`1.4.0+3f2a91c0d4e5`), the commit alone where the
 * package has no version worth the name, the package's version alone where no commit is known.
 */
export function makeResource(environment: Environment, facts: ServiceFacts, problems: string[] = []): Resource {
  const given = keyValues(environment.OTEL_RESOURCE_ATTRIBUTES, 'OTEL_RESOURCE_ATTRIBUTES', problems);
  const name = resourceAttributes;
  const revision = given[name.revision] ?? environmentRevision(environment) ?? facts.checkoutRevision;
  const resource = new Map<string, string>();
  const set = (key: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') resource.set(key, value);
  };
  set(
    name.serviceName,
    trimmed(environment.OTEL_SERVICE_NAME) ?? given[name.serviceName] ?? facts.packageName ?? unknownService,
  );
  set(name.serviceVersion, given[name.serviceVersion] ?? versionOf(environment, facts.packageVersion, revision));
  set(name.serviceInstanceId, given[name.serviceInstanceId] ?? facts.instanceId);
  set(name.environment, given[name.environment] ?? given['deployment.environment'] ?? trimmed(environment.NODE_ENV));
  set(name.revision, revision);
  set(name.repositoryUrl, given[name.repositoryUrl] ?? facts.repositoryUrl);
  for (const [key, value] of Object.entries(given)) if (!resource.has(key)) set(key, value);
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

function environmentRevision(environment: Environment): string | undefined {
  for (const variable of revisionVariables) {
    const value = trimmed(environment[variable]);
    // A branch's name, "HEAD" or "unknown" is no revision.
    if (value !== undefined && /^[0-9a-f]{7,64}$/i.test(value)) return value.toLowerCase();
  }
  return undefined;
}

function firstOf(environment: Environment, variables: readonly string[]): string | undefined {
  for (const variable of variables) {
    const value = trimmed(environment[variable]);
    if (value !== undefined) return value;
  }
  return undefined;
}

const trimmed = (value: string | undefined): string | undefined => value?.trim() || undefined;
