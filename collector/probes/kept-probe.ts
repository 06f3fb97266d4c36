import {
  type Actor,
  actorSchema,
  type Probe,
  type ProbeCause,
  type ProbeState,
  probeCauses,
  probeSchema,
  probeStates,
} from '@runlens/protocol';
import { z } from 'zod';

/** What is kept of a probe: itself, and how it ended. */
export interface KeptProbe {
  readonly probe: Probe;
  /** Undefined while it lives. */
  readonly end?:
    | { readonly state: ProbeState; readonly cause: ProbeCause; readonly detail: string; readonly at: string }
    | undefined;
  /** Of an agent's: by whom it was approved; undefined while it waits for that. */
  readonly approvedBy?: Actor | undefined;
  readonly proposed: boolean;
  readonly hits: number;
}

export const keptProbeSchema = z.object({
  probe: probeSchema,
  end: z
    .object({ state: z.enum(probeStates), cause: z.enum(probeCauses), detail: z.string(), at: z.iso.datetime() })
    .optional(),
  approvedBy: actorSchema.optional(),
  proposed: z.boolean(),
  hits: z.number(),
}) satisfies z.ZodType<KeptProbe>;
