export interface CollectorCommand {
  /** A Node, or an Electron that runs as one. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Record<string, string>;
  readonly line: (line: string, from: 'stdout' | 'stderr') => void;
}
export declare class CollectorProcess {
  #private;
  /** Resolves with how it ended; never rejects. */
  readonly ended: Promise<string>;
  /** Resolves at its first line of output, which it prints when it is ready; never, when it ends before. */
  readonly ready: Promise<void>;
  constructor(command: CollectorCommand);
  get pid(): number | undefined;
  get running(): boolean;
  /** Asks it to end, so that it writes what it has, and kills it when it does not; by its own id only. */
  stop(): Promise<void>;
}
//# sourceMappingURL=collector-process.d.ts.map
