export declare function pickLensPosition(): Promise<void>;
export declare function setTerminalSensor(on: boolean): Promise<void>;
//# sourceMappingURL=setting-commands.d.ts.map
