/**
 * Headers by which an agent says who it is. Whoever has a token can make himself less by them, never more: with
 * `runlens-agent` the request is an agent's, whatever the token's role. Apart from schemas, so that small bundles stay small.
 */
export const actorHeaders = { agent: 'runlens-agent', session: 'runlens-session' } as const;
