export const sensorLimits = {
  /** Sensors at once; each costs a socket and a kilobyte. */
  connections: 5_000,
  /** A sensor that does not read is let go once this much waits for it; it comes back. */
  bytesWaiting: 512 * 1024,
  /** What whoever switches waits for the answers of sensors; later ones are seen in the list. */
  answerMilliseconds: 2_000,
  /** Remembered; beyond it those of single instances, which come and go, are forgotten first. */
  switches: 1_000,
} as const;
