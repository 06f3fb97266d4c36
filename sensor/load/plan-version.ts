/** Put in by the build (build.ts). */
declare const __runlensPlanVersion: string;

/**
 * Changes whenever anything does that plans are made of: a digest of the built parser, planner and renderer. Nothing
 * when the sources run as they are: then no plan is kept.
 */
export const planVersion: string | undefined =
  typeof __runlensPlanVersion === 'undefined' ? undefined : __runlensPlanVersion;
