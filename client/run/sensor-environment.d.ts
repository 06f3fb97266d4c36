/**
 * The NODE_OPTIONS word that loads the sensor. A file URL has no space, quote or backslash in it (they are
 * percent-encoded), so it needs none of NODE_OPTIONS's own quoting, on no platform and in no shell.
 */
export declare function importOption(sensorPath: string): string;
/** NODE_OPTIONS with the sensor behind what is there; once only. */
export declare function withImport(nodeOptions: string | undefined, sensorPath: string): string;
export interface SensorSettings {
  readonly sensorPath: string;
  /** The collector that was found; null: none was, so the sensor's own default. */
  readonly collectorUrl: string | null;
  /** How often numbers are sent, such as `1s`. */
  readonly flushInterval: string;
}
/** The variables for one process started here; `inherited` is what it would have had. */
export declare function sensorVariables(
  settings: SensorSettings & {
    readonly service: string;
  },
  inherited: Readonly<Record<string, string | undefined>>,
): Record<string, string>;
/** One change of a terminal's environment. */
export interface TerminalChange {
  readonly variable: string;
  readonly kind: 'append' | 'replace';
  readonly value: string;
}
/** What every terminal gets. NODE_OPTIONS is appended to, so that what the user or another extension set stays. */
export declare function terminalChanges(settings: SensorSettings): readonly TerminalChange[];
//# sourceMappingURL=sensor-environment.d.ts.map
