/** Limits of the Model Context Protocol endpoint. */
export const mcpLimits = {
  /** Sessions of the older protocol held at once; the one that was silent longest goes first. */
  sessions: 2_000,
  /** Of one token: whoever opens more ends their own, and nobody else's. */
  sessionsOfToken: 50,
  /** Streams of changes, by the newest protocol, open at once. */
  streams: 200,
  streamsOfToken: 25,
  /** As an agent's session ends for its probes. */
  idleMilliseconds: 30 * 60_000,
  sweepMilliseconds: 60_000,
  /** How long the end of a session waits for the sensors. */
  endMilliseconds: 5_000,
} as const;
