import type { ProbeStatus } from './state.ts';

export interface NotTold {
  /** Hits that made no capture, since the rate or the budget did not allow it. */
  readonly skipped: number;
  /** Captures that were made and lost on their way: no room to hold them, or the collector was away for too long. */
  readonly dropped: number;
}

/** What the instances that are there now have left out, added up: what is shown is not all that was. */
export function notTold({ instances }: Pick<ProbeStatus, 'instances'>): NotTold {
  let skipped = 0;
  let dropped = 0;
  for (const instance of instances) {
    skipped += instance.skipped;
    dropped += instance.dropped ?? 0;
  }
  return { skipped, dropped };
}
