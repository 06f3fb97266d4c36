/** The version of this Runlens, as `package.json` has it; the bundle is built from both. */
export const collectorVersion = '0.1.0';
