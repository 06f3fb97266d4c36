import * as vscode from 'vscode';
import { type SensorSettings } from './sensor-environment.ts';
/** Asks for a script and runs it; returns the task that runs, undefined when nothing was started. */
export declare function runWithSensor(settings: SensorSettings): Promise<vscode.TaskExecution | undefined>;
//# sourceMappingURL=run-with-sensor.d.ts.map
