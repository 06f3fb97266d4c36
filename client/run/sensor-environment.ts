/** The environment that gives the sensor to a Node process. */
import { pathToFileURL } from 'node:url';
import { defaultCollectorUrl, environmentVariables } from '@runlens/protocol/environment';

/**
 * The NODE_OPTIONS word that loads the sensor. A file URL has no space, quote or backslash in it (they are
 * percent-encoded), so it needs none of NODE_OPTIONS's own quoting, on no platform and in no shell.
 */
export function importOption(sensorPath: string): string {
  return `--import=${pathToFileURL(sensorPath).href}`;
}

/** NODE_OPTIONS with the sensor behind what is there; once only. */
export function withImport(nodeOptions: string | undefined, sensorPath: string): string {
  const option = importOption(sensorPath);
  const words = nodeOptions?.trim() ?? '';
  if (words === '') return option;
  return words.split(' ').includes(option) ? words : `${words} ${option}`;
}

export interface SensorSettings {
  readonly sensorPath: string;
  /** The collector that was found; null: none was, so the sensor's own default. */
  readonly collectorUrl: string | null;
  /** How often numbers are sent, such as `1s`. */
  readonly flushInterval: string;
}

/** The variables for one process started here; `inherited` is what it would have had. */
export function sensorVariables(
  settings: SensorSettings & { readonly service: string },
  inherited: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return {
    NODE_OPTIONS: withImport(inherited.NODE_OPTIONS, settings.sensorPath),
    // A name that the user gave stays.
    ...(inherited.OTEL_SERVICE_NAME || settings.service === '' ? {} : { OTEL_SERVICE_NAME: settings.service }),
    ...collectorVariables(settings),
    ...(inherited[environmentVariables.flushInterval]
      ? {}
      : { [environmentVariables.flushInterval]: settings.flushInterval }),
  };
}

/** One change of a terminal's environment. */
export interface TerminalChange {
  readonly variable: string;
  readonly kind: 'append' | 'replace';
  readonly value: string;
}

/** What every terminal gets. NODE_OPTIONS is appended to, so that what the user or another extension set stays. */
export function terminalChanges(settings: SensorSettings): readonly TerminalChange[] {
  return [
    { variable: 'NODE_OPTIONS', kind: 'append', value: ` ${importOption(settings.sensorPath)}` },
    { variable: environmentVariables.flushInterval, kind: 'replace', value: settings.flushInterval },
    ...Object.entries(collectorVariables(settings)).map(([variable, value]) => ({
      variable,
      kind: 'replace' as const,
      value,
    })),
  ];
}

/** Nothing at the default address: OpenTelemetry's own default leads there, and what the user set for it stays. */
function collectorVariables({ collectorUrl }: SensorSettings): Record<string, string> {
  if (collectorUrl === null || sameAddress(collectorUrl, defaultCollectorUrl)) return {};
  return { OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl.replace(/\/+$/, '') };
}

function sameAddress(one: string, other: string): boolean {
  return one.replace(/\/+$/, '').replace('://localhost:', '://127.0.0.1:') === other;
}
