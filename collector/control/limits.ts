export const sensorLimits = {
  /** Sensors at once; each costs a socket and a kilobyte. */
  connections: 5_000,
  /** A sensor that does not read is let go once this much waits for it; it comes back. */
  bytesWaiting: 512 * 1024,
  /** What whoever switches waits for the answers of sensors; later ones are seen in the list. */
  answerMilliseconds: 2_000,
  /** Instances, and environments, whose last word of themselves is remembered. */
  readings: 5_000,
  /** A sensor that has told nothing of itself for so long is not there any more. */
  readingMilliseconds: 300_000,
  /** Open circuit breakers of one instance that are remembered. */
  breakers: 100,
  /** What was dropped is told for so long, in steps of so much. */
  droppedMilliseconds: 3_600_000,
  droppedStepMilliseconds: 300_000,
  /** Reasons that are told apart in one step, and at once. */
  reasons: 20,
  reasonsTold: 5,
  /** Remembered; beyond it those of single instances, which come and go, are forgotten first. */
  switches: 1_000,
} as const;
