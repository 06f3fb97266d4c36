/** Why there is no number: an unknown is told with its reason and the remedy, never as a zero. */
import type { FileVersion, ServicesResponse } from '@runlens/protocol';
import type { ProductionFacts } from './facts.ts';
import { neutralise } from './text/hostile.ts';

export const startAService =
  'Start one with `runlens run -- node app.js`, or with `node --import @runlens/sensor app.js`.';

interface Scope {
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  readonly version?: string | undefined;
}

/** The sentence for an empty answer about this scope; asks which services there are. */
export async function absenceOfScope(
  facts: ProductionFacts,
  scope: Scope,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  return missingInScope(await facts.services(signal), scope);
}

/** The first part of the scope that nobody has reported, in words; undefined when all of it is known. */
export function missingInScope({ services }: ServicesResponse, scope: Scope): string | undefined {
  if (services.length === 0) return `No service has reported to this collector yet. ${startAService}`;
  const ofService = scope.service === undefined ? services : services.filter(({ name }) => name === scope.service);
  if (ofService.length === 0) {
    return `No service named ${quoted(scope.service)} has reported; these have: ${listed(services.map(({ name }) => name))}.`;
  }
  const environments = ofService.flatMap((service) => service.environments);
  const inEnvironment =
    scope.environment === undefined ? environments : environments.filter(({ name }) => name === scope.environment);
  if (inEnvironment.length === 0) {
    return `Nothing runs in an environment named ${quoted(scope.environment)}; there are: ${listed(environments.map(({ name }) => name))}.`;
  }
  const versions = inEnvironment.flatMap((environment) => environment.versions.map(({ version }) => version));
  if (scope.version !== undefined && !versions.includes(scope.version)) {
    return `No version ${quoted(scope.version)} has reported; there are: ${listed(versions)}.`;
  }
  return undefined;
}

/** Why a file that services have loaded shows no function of this name. */
export function absenceInFile(
  file: string,
  functionName: string,
  loaded: readonly FileVersion[],
  known: readonly string[],
): string {
  const unmeasured = loaded.flatMap((file) => file.unmeasured);
  // What is told of no function is of the whole file.
  const reason = [functionName, '']
    .map((name) => unmeasured.find((candidate) => candidate.function === name)?.reason)
    .find((found) => found !== undefined);
  if (reason !== undefined) {
    return `${quoted(functionName)} in ${quoted(file)} is not measured: ${neutralise(reason, 400)}.`;
  }
  const wanted = functionName.toLowerCase();
  const last = wanted.split('.').at(-1) ?? wanted;
  const near = known.filter((name) => name.toLowerCase().includes(last));
  const where = loaded.map(({ service, version }) => `${neutralise(service)} ${neutralise(version)}`);
  const hint =
    near.length > 0
      ? `Did you mean ${listed(near)}?`
      : `Its functions there: ${known.length > 0 ? listed(known) : 'none'}. A new or renamed function shows up once it is deployed.`;
  return `${quoted(file)} runs in ${listed(where)}, and has no measured function named ${quoted(functionName)} there. ${hint}`;
}

export function quoted(name: string | undefined): string {
  return `"${neutralise(name ?? '').replaceAll('"', "'")}"`;
}

const maxListed = 10;

/** At most ten names, each once; how many more there are is said. */
export function listed(names: readonly string[]): string {
  const distinct = [...new Set(names.map((name) => neutralise(name)))];
  const shown = distinct.slice(0, maxListed).join(', ');
  return distinct.length > maxListed ? `${shown} and ${distinct.length - maxListed} more` : shown;
}
