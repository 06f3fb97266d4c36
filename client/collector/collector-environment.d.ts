/** The environment in which the embedded collector runs. */
export type Environment = Readonly<Record<string, string | undefined>>;
/** `home` empty: the one of the environment, else the default. */
export declare function collectorEnvironment(environment: Environment, home: string): Record<string, string>;
//# sourceMappingURL=collector-environment.d.ts.map
