/** Where hosts, builds and other agents leave what was deployed; the first that has a usable value counts. */

/** The commit: what somebody set on purpose first, then what the host that runs the service says, then builds. */
export const revisionVariables = [
  'DD_GIT_COMMIT_SHA',
  'GIT_COMMIT',
  'GIT_COMMIT_SHA',
  'GIT_SHA',
  'GIT_REVISION',
  'GIT_REV',
  'COMMIT_SHA',
  'SOURCE_COMMIT',
  'SOURCE_VERSION',
  'HEROKU_BUILD_COMMIT',
  'HEROKU_SLUG_COMMIT',
  'VERCEL_GIT_COMMIT_SHA',
  'RENDER_GIT_COMMIT',
  'RAILWAY_GIT_COMMIT_SHA',
  'KOYEB_GIT_SHA',
  'ZEABUR_GIT_COMMIT_SHA',
  'CF_PAGES_COMMIT_SHA',
  'COMMIT_REF',
  'CODEBUILD_RESOLVED_SOURCE_VERSION',
  'GITHUB_SHA',
  'CI_COMMIT_SHA',
  'CIRCLE_SHA1',
  'BITBUCKET_COMMIT',
  'BUILDKITE_COMMIT',
  'BUILD_SOURCEVERSION',
  'DRONE_COMMIT_SHA',
  'SEMAPHORE_GIT_SHA',
  'TRAVIS_COMMIT',
  'APPVEYOR_REPO_COMMIT',
] as const;

/** `service.version` as somebody set it for another agent; wins over the package's version. */
export const versionVariables = ['DD_VERSION'] as const;

/** Names of a deploy that is not a commit: they tell two deploys of one version apart. */
export const deployVariables = [
  'K_REVISION',
  'GAE_VERSION',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'CONTAINER_APP_REVISION',
  'HEROKU_RELEASE_VERSION',
  'FLY_MACHINE_VERSION',
  'VERCEL_DEPLOYMENT_ID',
  'RAILWAY_DEPLOYMENT_ID',
] as const;

/** The environment. */
export const environmentNameVariables = [
  'DD_ENV',
  'VERCEL_ENV',
  'RAILWAY_ENVIRONMENT_NAME',
  'AZURE_FUNCTIONS_ENVIRONMENT',
  'NODE_ENV',
] as const;

/** The address of the repository, whole. */
export const repositoryVariables = [
  'DD_GIT_REPOSITORY_URL',
  'GIT_URL',
  'CI_PROJECT_URL',
  'CIRCLE_REPOSITORY_URL',
  'BITBUCKET_GIT_HTTP_ORIGIN',
  'BUILDKITE_REPO',
  'BUILD_REPOSITORY_URI',
  'CODEBUILD_SOURCE_REPO_URL',
] as const;

/** The address in parts: the server (a variable, or a fixed one) and what follows it. */
export const repositoryParts: readonly {
  readonly server: string;
  readonly path: readonly string[];
}[] = [
  { server: 'GITHUB_SERVER_URL', path: ['GITHUB_REPOSITORY'] },
  { server: 'https://github.com', path: ['RAILWAY_GIT_REPO_OWNER', 'RAILWAY_GIT_REPO_NAME'] },
  { server: 'https://github.com', path: ['RENDER_GIT_REPO_SLUG'] },
];

/** What stands in such a variable where there is nothing to tell; not worth a note. */
const placeholders = new Set(['unknown', 'none', 'null', 'undefined', 'head', 'n/a', '-', 'dirty', 'local', 'dev']);

/** Whether a value says that there is none. */
export const isPlaceholder = (value: string): boolean => placeholders.has(value.toLowerCase());

/**
 * A commit's hex digits, from 7 on, in lower case; nothing when the value is none: a branch, a tag, a date, zeros for
 * "no commit".
 */
export function revisionOf(value: string): string | undefined {
  const revision = value.toLowerCase();
  if (!/^[0-9a-f]{7,64}$/.test(revision) || /^0+$/.test(revision)) return undefined;
  return /^(?:19|20)\d{6}(?:\d{4}|\d{6})?$/.test(revision) ? undefined : revision;
}
