/**
 * The limits of probes and captures; without zod, for the sensor's bundles. Only a policy file raises the ceilings, in the open; a probe never does.
 */
/** What one capture may hold; what lies beyond is cut, and the capture says so. */
export interface CaptureLimits {
  /** Levels of objects below a variable. */
  readonly depth: number;
  /** Properties shown of one object. */
  readonly fields: number;
  /** Elements shown of one array, Map, Set or typed array. */
  readonly elements: number;
  /** UTF-16 code units shown of one string. */
  readonly characters: number;
  /** Frames of the stack. */
  readonly frames: number;
  /** Bytes of the capture as JSON. */
  readonly bytes: number;
  /** Milliseconds on the service's own thread. */
  readonly milliseconds: number;
}

export const defaultCaptureLimits: CaptureLimits = {
  depth: 3,
  fields: 20,
  elements: 100,
  characters: 255,
  frames: 16,
  bytes: 65_536,
  milliseconds: 1,
};

export const probeLimits = {
  /** Characters of a condition, an expression, a log message, a reason. */
  expression: 2048,
  message: 4096,
  reason: 500,
  expressions: 16,
  /** Kinds of values that a counter or a timer tells apart; what is beyond counts as one. */
  groups: 64,
  /** Seconds. */
  shortestLife: 1,
  defaultLife: 3600,
  longestLife: 86_400,
  /** Placed at one time, for one service and for one person or agent. */
  perService: 100,
  perOwner: 25,
  /** Captures that the collector keeps of one probe; the oldest go first. */
  capturesKept: 200,
} as const;

/** By kind: how many hits a probe may tell in all, and how many a second in one instance. */
export const defaultHits = { snapshot: 10, log: 10_000, counter: null, timer: null } as const;
export const mostHits = { snapshot: 1000, log: 1_000_000, counter: null, timer: null } as const;
export const defaultRate = { snapshot: 1, log: 100, counter: null, timer: null } as const;
export const mostRate = { snapshot: 25, log: 5000, counter: null, timer: null } as const;
/** Snapshots a second of all probes of one instance. */
export const snapshotsPerSecond = 25;
/** Share of one CPU that all probes of one instance may take, and that one may take; beyond it is paused. */
export const defaultCpuShare = 0.01;
