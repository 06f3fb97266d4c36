/** The settings of the extension, read in one place. */
import type { LensPosition } from '@runlens/protocol/lsp';
export interface Settings {
  readonly collector: {
    /** Empty: found by the home folder. */
    readonly url: string;
    readonly start: 'auto' | 'never';
    readonly port: number;
  };
  /** Empty: `RUNLENS_HOME`, else `~/.runlens`. */
  readonly home: string;
  /** What is shown until something else is picked; empty: chosen for each document. */
  readonly service: string;
  readonly environment: string;
  readonly window: string;
  readonly lens: {
    readonly enabled: boolean;
    readonly position: LensPosition;
    readonly showAbsent: boolean;
  };
  readonly heat: {
    readonly gutter: boolean;
    readonly overviewRuler: boolean;
  };
  readonly hotFunctionsLimit: number;
  readonly pathMappings: readonly {
    readonly workspace: string;
    readonly deployed: string;
  }[];
  readonly terminalSensor: boolean;
}
export declare const settingsSection = 'runlens';
/** Reads all settings; a value of a wrong kind in settings.json counts as not set. */
export declare function readSettings(): Settings;
//# sourceMappingURL=settings.d.ts.map
