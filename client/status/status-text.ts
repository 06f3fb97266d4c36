/** What the status bar says, for every state. */
import type { ProductionEvent } from '@runlens/protocol/api/events';
import { formatAge, versionName } from '@runlens/protocol/format';
import type { DocumentFunction, ServerStatus } from '@runlens/protocol/lsp';
import { limitedSensorLines, measurementLines } from '@runlens/protocol/sensor-text';
import { failingElsewhereText } from '../lens/failing-elsewhere.ts';
import { oneLine } from '../probes/shown-text.ts';

export interface StatusInput {
  /** Null: the server has not answered yet. */
  readonly status: ServerStatus | null;
  readonly server: 'starting' | 'running' | 'stopped';
  /** The embedded collector, when this window is starting it. */
  readonly collectorStarting: boolean;
  /** The functions of the active document, for the warning mark. */
  readonly functions: readonly Pick<DocumentFunction, 'name' | 'failingElsewhere'>[];
  /** Events that fire, and are more than information; the worst first. */
  readonly firing: readonly Pick<ProductionEvent, 'title' | 'severity' | 'quiet'>[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface StatusText {
  /** With a codicon in front, as `$(pulse) shop`. */
  readonly text: string;
  /** Lines of plain text. */
  readonly tooltip: readonly string[];
  /** What a screen reader says: the same without icons. */
  readonly spoken: string;
  readonly severity: 'normal' | 'warning' | 'error';
}

/** Data older than this is told beside the service's name, milliseconds. */
const staleAfterMilliseconds = 60_000;
const failingShown = 5;
const firingShown = 5;

export function statusText(input: StatusInput): StatusText {
  const { status, server, now } = input;
  if (server === 'stopped') {
    return plain(
      '$(error)',
      'Runlens stopped',
      ['The language server does not run.', 'Select to start it again.'],
      'error',
    );
  }
  if (status === null) return plain('$(loading~spin)', 'Runlens', ['Starting…']);
  const { collector } = status;
  switch (collector.kind) {
    case 'connecting':
      return plain('$(loading~spin)', 'Runlens', [`Connecting to the collector at ${collector.url}…`]);
    case 'none':
      if (input.collectorStarting) return plain('$(loading~spin)', 'Runlens', ['Starting the collector…']);
      return plain('$(circle-slash)', 'Runlens: no collector', [collector.message], 'warning');
    case 'away': {
      if (input.collectorStarting) return plain('$(loading~spin)', 'Runlens', ['Starting the collector…']);
      const seen = collector.lastSeen ? `last seen ${ageOf(collector.lastSeen, now)}` : 'not seen since this start';
      return plain(
        '$(debug-disconnect)',
        'Runlens: collector away',
        [collector.message, `${collector.url}, ${seen}. What is shown is what was known then.`],
        'warning',
      );
    }
    case 'unauthorized':
      return plain('$(lock)', 'Runlens: not authorized', [collector.message, collector.url], 'error');
    case 'connected':
      return connected(input, status, collector.url);
  }
}

function connected(input: StatusInput, status: ServerStatus, url: string): StatusText {
  const { now } = input;
  if (status.services.length === 0) {
    return plain('$(pulse)', 'Runlens: no service yet', [
      `Connected to ${url}.`,
      'No service has reported. Run one with the sensor: Runlens: Run with Sensor.',
    ]);
  }
  const shown = status.effective;
  const service = shown?.service ?? status.selection.service;
  const environment = shown?.environment ?? status.selection.environment;
  const name = service ? [service, environment].filter(Boolean).join(' · ') : 'Runlens';
  const age = status.dataUntil ? ageOf(status.dataUntil, now) : null;
  const stale = status.dataUntil !== null && now - Date.parse(status.dataUntil) > staleAfterMilliseconds;
  const told = status.services
    .find((one) => one.name === service)
    ?.environments.find((one) => one.name === environment);
  const limited = limitedSensorLines(told?.limitedSensors);
  const failing = input.functions.filter((one) => one.failingElsewhere.length > 0);
  const lines = [
    `Connected to ${url}.`,
    service
      ? `Service ${service}${environment ? `, environment ${environment}` : ''}.`
      : 'The service is chosen for each file.',
    ...(shown && shown.versions.length > 0 ? [`Versions: ${shown.versions.map(versionText).join(', ')}.`] : []),
    `Last ${status.selection.window}${status.selection.version ? `, version ${versionText(status.selection.version)} only` : ''}.`,
    age ? `Newest data: ${age}.` : 'No data of this selection.',
    ...limited,
    ...measurementLines(told?.measurement),
    ...input.firing.slice(0, firingShown).map(({ severity, title }) => `${severity}: ${oneLine(title, 100)}.`),
    ...(input.firing.length > firingShown ? [`And ${input.firing.length - firingShown} more events fire.`] : []),
    ...failing.slice(0, failingShown).map((one) => `⚠ ${one.name} fails elsewhere: ${failingElsewhereText(one)}.`),
    ...(failing.length > failingShown ? [`⚠ and ${failing.length - failingShown} more.`] : []),
  ];
  const age2 = age === null ? ' · no data' : stale ? ` · ${age}` : '';
  const steps = limited.length > 0 ? ' $(eye-closed)' : '';
  const mark = failing.length > 0 ? ' $(warning)' : '';
  const events = input.firing.length > 0 ? ` $(bell-dot) ${input.firing.length}` : '';
  const isCritical = input.firing.some(({ severity, quiet }) => severity === 'critical' && !quiet);
  return {
    text: `$(pulse) ${name}${age2}${steps}${mark}${events}`,
    tooltip: lines,
    spoken: `Runlens, ${lines.join(' ')}`,
    severity: isCritical ? 'error' : failing.length > 0 ? 'warning' : 'normal',
  };
}

function plain(
  icon: string,
  text: string,
  tooltip: readonly string[],
  severity: StatusText['severity'] = 'normal',
): StatusText {
  return { text: `${icon} ${text}`, tooltip, spoken: [text, ...tooltip].join('. '), severity };
}

function ageOf(instant: string, now: number): string {
  return formatAge(now - Date.parse(instant));
}

const versionText = (version: string): string => versionName(version) || version;
