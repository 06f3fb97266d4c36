/** Resources: a service or a function in production, as the tools tell it, in a text that a person can attach to a conversation. */
import {
  type CompleteResult,
  type ListResourcesResult,
  type ReadResourceResult,
  ResourceNotFoundError,
  type ResourceTemplateType,
} from '@modelcontextprotocol/server';
import type { ContextResponse, ServicesResponse } from '@runlens/protocol';
import { plainOr } from '../answer/fence.ts';
import { answerText, type ModelAnswer } from '../answer/model-answer.ts';
import type { NewsSource } from '../interest/news-source.ts';
import { neutralise } from '../text/hostile.ts';
import type { AgentTool, ToolContext } from '../tool.ts';
import { functionProfile } from '../tools/function-profile.ts';
import { hotFunctions } from '../tools/hot-functions.ts';
import { serviceStatus } from '../tools/service-status.ts';
import { pageOf } from './page.ts';
import { contextUri, parseUri, type ResourceAddress, uriOf, uriTemplates } from './resource-uri.ts';

export const resourceTemplates: readonly ResourceTemplateType[] = [
  {
    name: 'service',
    title: 'A service in production',
    uriTemplate: uriTemplates.service,
    description: 'Versions that run, how fresh the data is, and the functions that cost most.',
    mimeType: 'text/plain',
  },
  {
    name: 'function',
    title: 'A function in production',
    uriTemplate: uriTemplates.function,
    description:
      'Everything that is known of one function. `file` is relative to the root of the repository; each part is percent-encoded, the slashes of the path too.',
    mimeType: 'text/plain',
  },
];

const contextName = 'What happens in production and concerns this session';

/** First of the list, and linked from answers where a client reads links again. */
export const contextResource = {
  uri: contextUri,
  name: contextName,
  description: 'Alerts, deploys and findings that concern what this session works on, as they stand when it is read.',
  mimeType: 'text/plain',
} as const;

/** Each service in each environment; a page at a time. Throws a protocol error on a cursor that is none. */
export function listResources(
  { services }: ServicesResponse,
  cursor: string | undefined,
  tellsContext: boolean,
): ListResourcesResult {
  const ofServices = services.flatMap(({ name: service, environments }) =>
    environments.map(({ name: environment, lastSeen }) => ({
      uri: uriOf({ kind: 'service', service, environment }),
      // A client may put these before a model without any fence.
      name: `${plainOr(service, 'service')} ${plainOr(environment, 'environment')}`,
      mimeType: 'text/plain',
      annotations: { lastModified: lastSeen },
    })),
  );
  const { page, nextCursor } = pageOf([...(tellsContext ? [contextResource] : []), ...ofServices], cursor);
  return { resources: [...page], ...(nextCursor !== undefined && { nextCursor }) };
}

/** Throws {@link ResourceNotFoundError} for what is not there. */
export async function readResource(uri: string, context: ToolContext, now: number): Promise<ReadResourceResult> {
  if (uri === contextUri && context.news !== undefined) {
    const { text } = await standing(context.news, { via: 'resource', mark: true });
    return { contents: [{ uri, mimeType: 'text/plain', text }] };
  }
  const answers = await answersOf(addressOf(uri), context, now);
  return { contents: [{ uri, mimeType: 'text/plain', text: answers.map(answerText).join('\n\n') }] };
}

/** Equal to an earlier one when nothing that matters has changed in it. */
export async function resourceVersion(uri: string, context: ToolContext, now: number): Promise<string> {
  if (uri === contextUri && context.news !== undefined)
    return (await standing(context.news, { via: 'resource', mark: false })).contextVersion;
  const answers = await answersOf(addressOf(uri), context, now);
  return answers.map(({ contextVersion }) => contextVersion).join(' ');
}

/** Rejects when it cannot be told now. */
async function standing(
  news: NewsSource,
  request: { readonly via: string; readonly mark: boolean },
): Promise<ContextResponse> {
  const told = await news.ask({ ...request, form: 'standing' });
  if (told === undefined) throw new Error('The collector does not say now what is new: read this again.');
  return told;
}

/** What somebody may listen to. Throws {@link ResourceNotFoundError}. */
export function checkListened(uri: string): void {
  if (uri !== contextUri) addressOf(uri);
}

/** Throws {@link ResourceNotFoundError} for an address that is none of ours. */
export function addressOf(uri: string): ResourceAddress {
  const address = parseUri(uri);
  if (address === undefined) throw new ResourceNotFoundError(neutralise(uri, 200));
  return address;
}

/** What a service's hot functions are compared by from one look to the next. */
const hotOfService = 20;

async function answersOf(address: ResourceAddress, context: ToolContext, now: number): Promise<readonly ModelAnswer[]> {
  const { kind, ...scope } = address;
  const asked: readonly (readonly [AgentTool, object])[] =
    kind === 'function'
      ? [[functionProfile, { ...scope, maxTokens: 1_200 }]]
      : [
          [serviceStatus, scope],
          [hotFunctions, { ...scope, limit: hotOfService }],
        ];
  const answers: ModelAnswer[] = [];
  for (const [tool, input] of asked) {
    const result = await tool.call(input, context);
    if (result.kind === 'invalidInput')
      throw new ResourceNotFoundError(neutralise(uriOf(address), 200), result.message);
    answers.push(result.model(now));
  }
  return answers;
}

const mostCompletions = 100;

/** Names of services and environments that begin with what was typed. */
export function completionOf({ services }: ServicesResponse, argument: string, typed: string): CompleteResult {
  const names =
    argument === 'service'
      ? services.map(({ name }) => name)
      : argument === 'environment'
        ? services.flatMap(({ environments }) => environments.map(({ name }) => name))
        : [];
  const wanted = typed.toLowerCase();
  const found = [...new Set(names)].filter((name) => name.toLowerCase().startsWith(wanted)).sort();
  return {
    completion: {
      values: found.slice(0, mostCompletions),
      total: found.length,
      hasMore: found.length > mostCompletions,
    },
  };
}
