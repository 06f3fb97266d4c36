/** Which service and environment the numbers of a document are of, where several have its file. */

import type { ProfilesResponse, ServicesResponse } from '@runlens/protocol/api/profile';
import type { Selection } from '@runlens/protocol/lsp';

export interface Chosen {
  readonly service: string;
  readonly environment: string;
}

interface Candidate extends Chosen {
  calls: number;
  lastSeen: string;
}

/**
 * What was selected, where it has the file; else the service of the same repository, else one whose text of the
 * file is here, else the one with most calls;
 * of its environments production, else the one with most calls. Undefined: nobody that may be shown has the file.
 * A selection is binding: another service's numbers are never shown in its place.
 */
export function chooseSelection(
  response: ProfilesResponse,
  selection: Selection,
  repositories: {
    readonly own: string | undefined;
    readonly services: ServicesResponse['services'];
    /** Services whose text of the file is in this repository; absent: not looked for. */
    readonly textsHere?: ReadonlySet<string>;
  },
): Chosen | undefined {
  const candidates = [...candidatesOf(response).values()].filter(
    ({ service, environment }) =>
      (selection.service === undefined || service === selection.service) &&
      (selection.environment === undefined || environment === selection.environment),
  );
  const own = repositories.own === undefined ? undefined : repositoryKey(repositories.own);
  const sameRepository = (service: string): boolean => {
    const url = repositories.services.find(({ name }) => name === service)?.repository;
    return own !== undefined && url !== undefined && repositoryKey(url) === own;
  };
  // Two repositories may have a file of the same path, and functions of the same names in it.
  const textIsHere = (service: string): boolean => repositories.textsHere?.has(service) === true;
  const [best] = candidates.sort(
    (a, b) =>
      Number(sameRepository(b.service)) - Number(sameRepository(a.service)) ||
      Number(textIsHere(b.service)) - Number(textIsHere(a.service)) ||
      Number(isProduction(b.environment)) - Number(isProduction(a.environment)) ||
      b.calls - a.calls ||
      (b.lastSeen > a.lastSeen ? 1 : b.lastSeen < a.lastSeen ? -1 : 0) ||
      (a.service < b.service ? -1 : 1),
  );
  return best && { service: best.service, environment: best.environment };
}

export const isProduction = (environment: string): boolean => /^(prod|production|live)$/i.test(environment);

/** `git@host:team/shop.git` and `https://host/team/shop` are the same repository. */
export function repositoryKey(url: string): string {
  return url
    .trim()
    .replace(/^[a-z+]+:\/\//i, '')
    .replace(/^[^@/]*@/, '')
    .replace(/^([^/:]+):(?:\d+\/)?/, '$1/')
    .replace(/\.git\/?$/, '')
    .replace(/\/+$/, '')
    .toLowerCase();
}

function candidatesOf(response: ProfilesResponse): Map<string, Candidate> {
  const candidates = new Map<string, Candidate>();
  const at = (service: string, environment: string): Candidate => {
    const key = `${service}\0${environment}`;
    const candidate = candidates.get(key) ?? { service, environment, calls: 0, lastSeen: '' };
    candidates.set(key, candidate);
    return candidate;
  };
  for (const file of response.files) {
    const candidate = at(file.service, file.environment);
    if (file.lastSeen > candidate.lastSeen) candidate.lastSeen = file.lastSeen;
  }
  for (const profile of response.profiles) {
    const candidate = at(profile.service, profile.environment);
    candidate.calls += profile.calls;
    if (profile.lastSeen !== null && profile.lastSeen > candidate.lastSeen) candidate.lastSeen = profile.lastSeen;
  }
  return candidates;
}
