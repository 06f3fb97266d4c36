/** Gives the sensor to every Node process of the integrated terminal, while the setting says so. */
import * as vscode from 'vscode';
import { type SensorSettings } from './sensor-environment.ts';
export declare class TerminalSensor implements vscode.Disposable {
  #private;
  constructor(collection: vscode.GlobalEnvironmentVariableCollection);
  /** `settings` undefined: off. Terminals that are open keep what they have; VS Code marks them. */
  apply(settings: SensorSettings | undefined): void;
  dispose(): void;
}
//# sourceMappingURL=terminal-sensor.d.ts.map
