/** The collector over HTTP, its answers checked against the schemas of the protocol. */

import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import {
  type AskCollector,
  type CollectorRequest,
  collectorFacts,
  neutralise,
  type ProductionFacts,
} from '@runlens/agent';
import {
  actorHeaders,
  environmentVariables,
  type HealthResponse,
  healthResponseSchema,
  problemSchema,
  type SensorsResponse,
  type SwitchRequest,
  type SwitchResponse,
  sensorsResponseSchema,
  switchResponseSchema,
} from '@runlens/protocol';
import axios, { type AxiosResponse } from 'axios';
import type { z } from 'zod';
import { exitCodes } from './exit-codes.ts';
import { CliFailure } from './failure.ts';
import { type CollectorLocation, isLoopback } from './home.ts';

const timeoutMilliseconds = 10_000;
/**
 * An agent may ask a thousand things at once: asked of a busy collector all together, the last would wait for longer than they may. The
 * time of a request runs from when it has a connection.
 */
const mostConnections = 16;
const agents = {
  httpAgent: new HttpAgent({ maxSockets: mostConnections }),
  httpsAgent: new HttpsAgent({ maxSockets: mostConnections }),
};
/** The largest answer that is read: 50,000 profiles with their details stay below it. */
const maxAnswerBytes = 256 * 1024 * 1024;

/** An agent on whose behalf is asked; with the token of a person it may less than they. */
export interface AgentSession {
  readonly agent: string;
  readonly session: string;
}

export interface CollectorClient extends ProductionFacts {
  sensors(signal?: AbortSignal): Promise<SensorsResponse>;
  /** Any request, its answer of that schema. */
  readonly request: AskCollector;
  /** Resolves when the sensors have answered, or some seconds later. */
  switchSensors(request: SwitchRequest, signal?: AbortSignal): Promise<SwitchResponse>;
  /** The collector's health and its clock (milliseconds since 1970; undefined when it told none). Needs no token. */
  health(signal?: AbortSignal): Promise<{ readonly health: HealthResponse; readonly clock: number | undefined }>;
}

/** Every method rejects with a {@link CliFailure} when the collector cannot be asked or refuses. */
export function collectorClient(location: CollectorLocation, asking?: AgentSession): CollectorClient {
  const http = axios.create({
    baseURL: location.url,
    ...agents,
    timeout: timeoutMilliseconds,
    maxContentLength: maxAnswerBytes,
    // A redirect would carry the token to somewhere nobody named.
    maxRedirects: 0,
    // A proxy of the environment is for other machines.
    ...(isLoopback(location.url) && { proxy: false }),
    headers: {
      accept: 'application/json',
      ...(location.token && { authorization: `Bearer ${location.token}` }),
      ...(asking && {
        [actorHeaders.agent]: headerText(asking.agent),
        [actorHeaders.session]: headerText(asking.session),
      }),
    },
    // Judged below, with the problem document that comes with it.
    validateStatus: () => true,
  });
  const ask = async <Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    params: object,
    signal: AbortSignal | undefined,
  ): Promise<{ body: z.output<Schema>; response: AxiosResponse<unknown> }> => {
    const response = await send(location, () => http.get<unknown>(path, { params, ...(signal && { signal }) }));
    if (response.status !== 200) throw refusal(location, response);
    const parsed = schema.safeParse(response.data);
    if (!parsed.success) throw notACollector(location);
    return { body: parsed.data, response };
  };
  const request = async <Schema extends z.ZodType>(
    { method, path, params, body, signal }: CollectorRequest,
    schema: Schema,
  ): Promise<z.output<Schema>> => {
    const response = await send(location, () =>
      http.request<unknown>({
        method,
        url: path,
        ...(params && { params }),
        ...(body && { data: body }),
        ...(signal && { signal }),
      }),
    );
    if (response.status !== 200) throw refusal(location, response);
    const parsed = schema.safeParse(response.data);
    if (!parsed.success) throw notACollector(location);
    return parsed.data;
  };
  return {
    ...collectorFacts(request),
    sensors: async (signal) => (await ask('/api/v1/sensors', sensorsResponseSchema, {}, signal)).body,
    request,
    switchSensors: (body, signal) =>
      request({ method: 'POST', path: '/api/v1/sensors/state', body, ...(signal && { signal }) }, switchResponseSchema),
    async health(signal) {
      const { body, response } = await ask('/health', healthResponseSchema, {}, signal);
      const clock = Date.parse(String(response.headers.date));
      return { health: body, clock: Number.isNaN(clock) ? undefined : clock };
    },
  };
}

/** A header is of visible ASCII. */
const headerText = (text: string): string =>
  text
    .replace(/[^\x20-\x7e]+/g, '?')
    .trim()
    .slice(0, 100) || 'agent';

async function send(
  location: CollectorLocation,
  request: () => Promise<AxiosResponse<unknown>>,
): Promise<AxiosResponse<unknown>> {
  try {
    return await request();
  } catch (error) {
    if (!axios.isAxiosError(error)) throw error;
    throw new CliFailure(
      exitCodes.notReachable,
      `The collector at ${location.url} cannot be reached (${reason(error.code, error.message)}); ${remedyFor(location)}.`,
    );
  }
}

function reason(code: string | undefined, message: string): string {
  if (code === 'ECONNREFUSED') return 'nothing listens there';
  if (code === 'ECONNABORTED' || code === 'ETIMEDOUT') return `no answer within ${timeoutMilliseconds / 1_000} s`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its name is not known';
  return neutralise(message || code || 'no answer', 120);
}

function remedyFor({ source }: CollectorLocation): string {
  return source === 'environment'
    ? `start it, or correct ${environmentVariables.collectorUrl}`
    : `start it with "runlens collector", or say where it is by ${environmentVariables.collectorUrl}`;
}

function refusal(location: CollectorLocation, response: AxiosResponse<unknown>): CliFailure {
  const problem = problemSchema.safeParse(response.data);
  const detail = problem.success ? neutralise(problem.data.detail, 500) : undefined;
  // 403 is about the way of asking (a host name, an origin), which its own sentence tells.
  if (response.status === 403 && detail !== undefined) return new CliFailure(exitCodes.unauthorized, detail);
  if (response.status === 401 || response.status === 403) {
    const remedy =
      location.token === undefined
        ? `no token was found: set ${environmentVariables.token}, or ${environmentVariables.home} to the home folder of that collector`
        : `set ${environmentVariables.token} to a token of that collector`;
    return new CliFailure(exitCodes.unauthorized, `The collector at ${location.url} refuses: ${remedy}.`);
  }
  if (detail === undefined) return notACollector(location);
  if (response.status === 404) return new CliFailure(exitCodes.nothingFound, detail);
  return new CliFailure(response.status === 400 ? exitCodes.usage : exitCodes.failure, detail);
}

function notACollector(location: CollectorLocation): CliFailure {
  return new CliFailure(
    exitCodes.failure,
    `What answers at ${location.url} is not a Runlens collector of this version; correct ${environmentVariables.collectorUrl}, or bring the collector and this command to the same version ("runlens doctor" tells both).`,
  );
}
