/** The answer to *Why?*: what a state means, and what to do about it. */
import { formatAge, versionName } from '@runlens/protocol/format';
import type { CollectorState, DocumentFunction, Explanation, FunctionState, Selection } from '@runlens/protocol/lsp';
import { codeSpan, escapeMarkdown } from './markdown.ts';

export interface ExplainInput {
  /** Null: the question is about the whole document. */
  readonly found: DocumentFunction | null;
  readonly collector: CollectorState;
  readonly selection: Selection;
  readonly notice: string | undefined;
  /** Why the last request failed; null when it did not. */
  readonly problem: string | null;
  readonly now: number;
}

type Remedy = Explanation['remedies'][number];

const startCollector: Remedy = { title: 'Start a collector on this machine', command: 'runlens.startCollector' };
const runWithSensor: Remedy = {
  title: 'Run a script of this workspace with the sensor',
  command: 'runlens.runWithSensor',
};
const selectService: Remedy = { title: 'Choose another service', command: 'runlens.selectService' };
const selectEnvironment: Remedy = { title: 'Choose another environment', command: 'runlens.selectEnvironment' };
const selectVersion: Remedy = { title: 'Choose another version', command: 'runlens.selectVersion' };
const selectWindow: Remedy = { title: 'Choose a longer window', command: 'runlens.selectWindow' };
const openSettings: Remedy = {
  title: 'Open the settings of the collector',
  command: 'workbench.action.openSettings',
  arguments: ['runlens.collector'],
};
const openLog: Remedy = { title: 'Open the log', command: 'runlens.showLog' };
const reconnect: Remedy = { title: 'Try again now', command: 'runlens.reconnect' };

/** Explains a function's state or the document's; the collector's state comes first, as nothing else can be known then. */
export function explain(input: ExplainInput): Explanation {
  const { collector } = input;
  if (collector.kind === 'none') {
    return {
      title: 'No collector found',
      body: `${escapeMarkdown(collector.message, 600)}\n\nThe collector takes in what services measure and answers the editor.`,
      remedies: [startCollector, openSettings, reconnect, openLog],
    };
  }
  if (collector.kind === 'unauthorized') {
    return {
      title: 'The collector does not accept the token',
      body: escapeMarkdown(collector.message, 600),
      remedies: [openSettings, reconnect, openLog],
    };
  }
  if (collector.kind === 'away') return away(input, collector.lastSeen, collector.message);
  const state = input.found?.state;
  if (!state || state.kind === 'loading') return ofDocument(input);
  return ofState(state, input);
}

function away(input: ExplainInput, lastSeen: string | null, message: string): Explanation {
  const seen =
    lastSeen === null
      ? 'It was not seen since the editor started.'
      : `It was last seen ${formatAge(input.now - Date.parse(lastSeen))}.`;
  return {
    title: 'The collector is away',
    body: `${escapeMarkdown(message, 600)}\n\n${seen} Numbers that are shown meanwhile are the last that were had. Services go on, and send what they counted when it is back.`,
    remedies: [reconnect, startCollector, openSettings, openLog],
  };
}

function ofDocument({ notice, problem, collector }: ExplainInput): Explanation {
  if (collector.kind === 'connecting') {
    return { title: 'Looking for the collector', body: escapeMarkdown(collector.url), remedies: [reconnect, openLog] };
  }
  if (problem !== null) {
    return {
      title: 'The collector did not answer as expected',
      body: escapeMarkdown(problem, 600),
      remedies: [reconnect, openLog, openSettings],
    };
  }
  return {
    title: 'Not measured here',
    body: notice === undefined ? 'Nothing is known of this file yet.' : escapeMarkdown(notice, 600),
    remedies: [runWithSensor, selectService, selectEnvironment, openLog],
  };
}

function ofState(state: FunctionState, input: ExplainInput): Explanation {
  const name = codeSpan(input.found?.name ?? '');
  const ago = (instant: string) => formatAge(input.now - Date.parse(instant));
  switch (state.kind) {
    case 'measured':
      return {
        title: 'Measured',
        body:
          state.mapping === 'byName'
            ? `${name} was matched by its name: the text that runs is not in this repository, so it may differ from the one here. Fetching the deployed revision makes it certain.`
            : `${name} runs as it is here.`,
        remedies: [selectEnvironment, selectVersion, selectWindow],
      };
    case 'notCalled':
      return {
        title: `Not called in the last ${input.selection.window}`,
        body: `${name} is measured since ${ago(state.since)}, and ${
          state.lastSeen === null ? 'was never called in that time' : `was last called ${ago(state.lastSeen)}`
        }.`,
        remedies: [selectWindow, selectEnvironment],
      };
    case 'changed':
      return {
        title: 'Changed since the deploy',
        body: `The numbers are of ${escapeMarkdown(versionName(state.version) || 'the version that runs')}, where ${name} has another body. They are shown to tell how it behaved before.`,
        remedies: [runWithSensor, selectVersion, selectEnvironment],
      };
    case 'away':
      return away(input, state.lastSeen, 'The collector cannot be reached.');
    case 'notMeasured':
      return notMeasured(state, name);
    case 'loading':
      return ofDocument(input);
  }
}

function notMeasured(state: Extract<FunctionState, { readonly kind: 'notMeasured' }>, name: string): Explanation {
  const remedies: Record<typeof state.reason, readonly Remedy[]> = {
    noService: [runWithSensor, selectWindow, openLog],
    neverLoaded: [selectEnvironment, selectVersion, runWithSensor],
    fileNotLoaded: [runWithSensor, selectService, selectEnvironment, selectWindow],
    notDeployed: [runWithSensor, selectVersion, selectEnvironment],
    skippedBySensor: [openLog],
    sensorOff: [selectEnvironment, openLog],
    ambiguous: [selectVersion, runWithSensor],
    document: [openLog],
  };
  const never = state.reason === 'neverLoaded';
  return {
    title: never ? 'Never loaded' : 'Not measured here',
    body: never
      ? `${name} is in a file that was loaded ${escapeMarkdown(state.message, 600)}. It has never run there; it may be needed later, or by another program.`
      : `${name}: ${escapeMarkdown(state.message, 600)}`,
    remedies: remedies[state.reason],
  };
}
