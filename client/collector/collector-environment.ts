/** The environment in which the embedded collector runs. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Of the editor's own, of a sensor that the shell was given, and of debuggers: none is for the collector. */
const leftOut = /^(NODE_OPTIONS|NODE_V8_COVERAGE|RUNLENS_COLLECTOR_URL|VSCODE_.*|ELECTRON_.*|OTEL_.*)$/;

/** `home` empty: the one of the environment, else the default. */
export function collectorEnvironment(environment: Environment, home: string): Record<string, string> {
  const kept = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !leftOut.test(entry[0]),
  );
  return {
    ...Object.fromEntries(kept),
    // The extension host's program is Electron on a desktop; this makes it a plain Node. Elsewhere it does nothing.
    ELECTRON_RUN_AS_NODE: '1',
    ...(home === '' ? {} : { RUNLENS_HOME: home }),
  };
}
