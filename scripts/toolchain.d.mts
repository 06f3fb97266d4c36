type Log = (line: string) => void;
export const root: string;
export const cacheFolder: string;
export const nodeVersions: Readonly<Record<number, string>>;
export const toolsNode: number;
export function ensureNode(major: number, log?: Log): string;
export function ensurePackages(log?: Log): void;
export function toolEnvironment(nodeBinary: string): NodeJS.ProcessEnv;
