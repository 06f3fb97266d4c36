/** The collector's own facts, asked through its own routes: with the same rights, limits and audit as anybody's request. */
import { type AskCollector, collectorFacts, type ProductionFacts } from '@runlens/agent';
import { type NewsSource, newsSource } from '@runlens/agent/interest/news-source';
import { actorHeaders, type Disarmed, disarmedSchema } from '@runlens/protocol/api/probes';
import { problemSchema } from '@runlens/protocol/api/problem';
import type { FastifyInstance } from 'fastify';
import { mcpLimits } from './limits.ts';

/** On whose behalf is asked. */
export interface Asking {
  readonly authorization: string;
  readonly agent: string;
  readonly session: string;
}

export function factsOfRequest(app: FastifyInstance, asking: Asking): ProductionFacts {
  return collectorFacts(askItself(app, asking));
}

/** What is new for the session that asks. */
export function newsOfRequest(app: FastifyInstance, asking: Asking): NewsSource {
  return newsSource({ ask: askItself(app, asking) });
}

/** All probes of the session; those that could not be confirmed are told. */
export function removeProbesOf(app: FastifyInstance, asking: Asking): Promise<Disarmed> {
  return askItself(app, asking)(
    {
      method: 'DELETE',
      path: '/api/v1/probes',
      params: { session: asking.session },
      signal: AbortSignal.timeout(mcpLimits.endMilliseconds),
    },
    disarmedSchema,
  );
}

function askItself(app: FastifyInstance, { authorization, agent, session }: Asking): AskCollector {
  return async ({ method, path, params = {}, body, signal }, schema) => {
    const answer = await app.inject({
      method,
      url: path,
      query: Object.fromEntries(
        Object.entries(params).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
      ),
      headers: { authorization, [actorHeaders.agent]: agent, [actorHeaders.session]: session },
      ...(body && { payload: body }),
      ...(signal && { signal }),
    });
    const told: unknown = JSON.parse(answer.body);
    if (answer.statusCode === 200) return schema.parse(told);
    const problem = problemSchema.safeParse(told);
    throw new Error(problem.success ? problem.data.detail : `The collector answered ${answer.statusCode}.`);
  };
}
