/** Questions about what many functions do together: asked of the functions that matter most. */
import type { HotOrder, Profile } from '@runlens/protocol';
import type { ProductionFacts } from './facts.ts';

/** The collector tells callers, queries and exceptions of as many functions as this, with some versions each. */
export const surveyedFunctions = 500;

export interface Survey {
  readonly window: { readonly since: string; readonly until: string };
  readonly functions: readonly Profile[];
  readonly measuredFunctions: number;
}

interface Scope {
  readonly service?: string;
  readonly environment?: string;
  readonly version?: string;
  readonly since?: string;
  readonly until?: string;
  readonly under?: string;
}

export async function survey(
  facts: ProductionFacts,
  by: HotOrder,
  scope: Scope,
  signal: AbortSignal | undefined,
): Promise<Survey> {
  const { window, functions, measuredFunctions } = await facts.hot(
    { ...scope, by, limit: surveyedFunctions, histograms: 'empty' },
    signal,
  );
  return { window, functions, measuredFunctions };
}
