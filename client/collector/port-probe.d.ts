export type PortHolder = 'free' | 'runlens' | 'other';
/** Asks `127.0.0.1:port` for a collector's `/health`, which wants no token. Never throws. */
export declare function probePort(port: number, timeout?: number): Promise<PortHolder>;
/** Whether this is a Runlens collector's health answer: others answer `/health` as well, with other fields. */
export declare function isHealth(body: string): boolean;
//# sourceMappingURL=port-probe.d.ts.map
