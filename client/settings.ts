/** The settings of the extension, read in one place. */
import { type LensStyle, lensStyles } from '@runlens/protocol/lens-template';
import { type LensCallbacks, type LensPosition, lensCallbacks } from '@runlens/protocol/lsp';
import { defaultWindow } from '@runlens/protocol/window';
import * as vscode from 'vscode';
import { type NotifiedSeverity, notifiedSeverities } from './events/event-model.ts';
import { languages } from './languages.ts';

/** How findings are marked in the text. */
export const findingSeverities = ['off', 'hint', 'information', 'warning'] as const;
export type FindingSeverity = (typeof findingSeverities)[number];

export interface Settings {
  readonly collector: {
    /** Empty: found by the home folder. */
    readonly url: string;
    readonly start: 'auto' | 'never';
    readonly port: number;
  };
  /** Empty: `RUNLENS_HOME`, else `~/.runlens`. */
  readonly home: string;
  /** What is shown until something else is picked; empty: chosen for each document. */
  readonly service: string;
  readonly environment: string;
  readonly window: string;
  readonly lens: {
    /** In some language at least. */
    readonly enabled: boolean;
    /** Languages in which they are switched off. */
    readonly offIn: readonly string[];
    readonly style: LensStyle;
    /** Empty: the style's. */
    readonly template: string;
    readonly minimumCalls: number;
    /** Empty: none. */
    readonly beside: string;
    readonly position: LensPosition;
    readonly showAbsent: boolean;
    readonly callbacks: LensCallbacks;
  };
  readonly heat: { readonly gutter: boolean; readonly overviewRuler: boolean };
  readonly probes: {
    /** A way to place one, in the lens of the function at the cursor. */
    readonly lens: boolean;
    readonly inlineValues: boolean;
  };
  /** A way to ask Copilot, in the lens of the function at the cursor. */
  readonly askCopilotLens: boolean;
  readonly hotFunctionsLimit: number;
  readonly findingSeverity: FindingSeverity;
  readonly notifiedEvents: NotifiedSeverity;
  /** Say what became of the user's changes once a version with them has run long enough. */
  readonly deploysNotify: boolean;
  readonly pathMappings: readonly { readonly workspace: string; readonly deployed: string }[];
  readonly terminalSensor: boolean;
  /** Offer the MCP server to what in VS Code takes tools that way. */
  readonly mcpServer: boolean;
}

export const settingsSection = 'runlens';

/** Reads all settings; a value of a wrong kind in settings.json counts as not set. */
export function readSettings(): Settings {
  const section = vscode.workspace.getConfiguration(settingsSection);
  const text = (key: string): string => {
    const value = section.get<unknown>(key);
    return typeof value === 'string' ? value.trim() : '';
  };
  const flag = (key: string, otherwise: boolean): boolean => {
    const value = section.get<unknown>(key);
    return typeof value === 'boolean' ? value : otherwise;
  };
  const whole = (key: string, least: number, most: number, otherwise: number): number => {
    const value = section.get<unknown>(key);
    return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most ? value : otherwise;
  };
  const position = text('lens.position');
  const offIn = languages.filter((languageId) => {
    const value = vscode.workspace.getConfiguration(settingsSection, { languageId }).get<unknown>('lens.enabled');
    return value === false;
  });
  return {
    collector: {
      url: text('collector.url'),
      start: text('collector.start') === 'never' ? 'never' : 'auto',
      port: whole('collector.port', 1, 65_535, 4318),
    },
    home: text('home'),
    service: text('service'),
    environment: text('environment'),
    window: text('window') || defaultWindow,
    lens: {
      enabled: offIn.length < languages.length,
      offIn,
      style: lensStyles.find((each) => each === text('lens.style')) ?? 'full',
      template: text('lens.template'),
      minimumCalls: whole('lens.minimumCalls', 0, 1_000_000_000, 0),
      beside: text('lens.besideEnvironment'),
      position: position === 'endOfLine' || position === 'none' ? position : 'above',
      showAbsent: flag('lens.showAbsent', true),
      callbacks: lensCallbacks.find((each) => each === text('lens.callbacks')) ?? 'multiline',
    },
    heat: { gutter: flag('gutter.heat', true), overviewRuler: flag('overviewRuler.heat', true) },
    probes: { lens: flag('probes.lens', true), inlineValues: flag('probes.inlineValues', true) },
    askCopilotLens: flag('lens.askCopilot', true),
    hotFunctionsLimit: whole('hotFunctions.limit', 1, 1_000, 50),
    findingSeverity: findingSeverities.find((each) => each === text('findings.diagnostics')) ?? 'information',
    notifiedEvents: notifiedSeverities.find((each) => each === text('events.notify')) ?? 'critical',
    deploysNotify: flag('deploys.notify', true),
    pathMappings: readPathMappings(section.get<unknown>('pathMappings')),
    terminalSensor: text('terminal.sensor') === 'on',
    mcpServer: flag('agents.mcpServer', false),
  };
}

function readPathMappings(value: unknown): Settings['pathMappings'] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return [];
    const { workspace, deployed } = entry as Record<string, unknown>; // an object was just seen
    return typeof workspace === 'string' && typeof deployed === 'string' ? [{ workspace, deployed }] : [];
  });
}
