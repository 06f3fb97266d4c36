/** The form in which a probe is written: one input with the names in scope, and the rest behind its last line. */
import type { ProbeKind } from '@runlens/protocol';
import { probesLsp } from '@runlens/protocol/lsp-probes';
import * as vscode from 'vscode';
import type { ServerConnection } from '../server-connection.ts';
import {
  type Check,
  checkText,
  completions,
  type FormPlace,
  type FormValues,
  type ReadyPlace,
  type Spot,
} from './form-model.ts';
import { askOptions, linesText, optionsText } from './probe-options.ts';
import { inMessage, oneLine, withoutIcons } from './shown-text.ts';

export interface Written {
  readonly ready: ReadyPlace;
  readonly values: FormValues;
}

const kinds: readonly { readonly of: ProbeKind; readonly label: string; readonly detail: string }[] = [
  {
    of: 'snapshot',
    label: '$(symbol-variable) Snapshot',
    detail: 'Locals, arguments, this and the stack where the line is reached; ten times, then it ends',
  },
  { of: 'log', label: '$(output) Log', detail: 'A line with {expressions} in it, each time the line is reached' },
  {
    of: 'counter',
    label: '$(symbol-number) Counter',
    detail: 'How often the line is reached, by a value if you like',
  },
  {
    of: 'timer',
    label: '$(watch) Timer',
    detail: 'How long the function takes, or the lines that are selected; by a value if you like',
  },
];

const placeholders: Readonly<Record<ProbeKind, string>> = {
  snapshot: 'Only where this is true, such as response.status === 500; empty: each time',
  log: 'The line to log, such as: order {order.id} of {total}',
  counter: 'Only where this is true, such as total > 100; empty: each time',
  timer: 'Only where this is true, such as items.length > 10; empty: each time',
};

/** Undefined: it was given up. */
export async function askKind(): Promise<ProbeKind | undefined> {
  const chosen = await vscode.window.showQuickPick(kinds, {
    title: 'Runlens: Place a Probe',
    placeHolder: 'A probe only reads, and never stops the service',
  });
  return chosen?.of;
}

/** Asks until it can be placed; undefined: it was given up, or cannot be placed here, which was told. */
export async function writeProbe(
  server: ServerConnection,
  kind: ProbeKind,
  place: FormPlace,
): Promise<Written | undefined> {
  let spot = spotOf(kind, place);
  let values: FormValues = { kind, ...fromBreakpoint(kind, place) };
  for (;;) {
    const ready = await readyPlace(server, { ...place, ...spot });
    if (!ready) return undefined;
    const step = await askText(ready, values);
    if (!step) return undefined;
    values = { ...values, text: step.text };
    if (step.next === 'place') return { ready, values };
    ({ values, spot } = await askOptions(ready, values, spot, place));
  }
}

/** A timer is of the whole function, or from one line to another. */
function spotOf(kind: ProbeKind, { at, untilLine }: FormPlace): Spot {
  if (kind !== 'timer') return { at };
  return untilLine === undefined ? { at: at === 'line' ? 'entry' : at } : { at: 'line', untilLine };
}

/** Where the line is in the text that runs; tells why it is not. */
export async function readyPlace(
  server: ServerConnection,
  { untilLine, ...place }: FormPlace,
): Promise<ReadyPlace | undefined> {
  const answer = await server.request(probesLsp.placeAt, {
    ...place,
    ...(untilLine === undefined ? {} : { untilLine }),
  });
  if (answer?.kind === 'ready') return answer;
  const reason = answer?.reason ?? 'The Runlens language server does not answer.';
  vscode.window.showWarningMessage(inMessage(`No probe can stand here. ${reason}`)).then(undefined, () => undefined);
  return undefined;
}

/** A breakpoint on the line says already what is wanted. */
function fromBreakpoint(
  kind: ProbeKind,
  { uri, line }: FormPlace,
): { readonly text: string; readonly condition?: string } {
  const breakpoint = vscode.debug.breakpoints.find(
    (each): each is vscode.SourceBreakpoint =>
      each instanceof vscode.SourceBreakpoint &&
      each.location.uri.toString() === uri &&
      each.location.range.start.line === line,
  );
  const { condition, logMessage } = breakpoint ?? {};
  if (kind === 'log') return { text: logMessage ?? '', ...(condition === undefined ? {} : { condition }) };
  return { text: condition ?? '' };
}

interface TextItem extends vscode.QuickPickItem {
  readonly act: 'place' | 'options' | { readonly complete: string } | null;
}

function askText(
  ready: ReadyPlace,
  values: FormValues,
): Promise<{ readonly text: string; readonly next: 'place' | 'options' } | undefined> {
  const picker = vscode.window.createQuickPick<TextItem>();
  const { place, target } = ready;
  const where = place.at === 'line' ? linesText(place) : `${place.at} of ${oneLine(place.function ?? '', 60)}`;
  picker.title = `Runlens: ${kinds.find(({ of }) => of === values.kind)?.label.replace(/\$\(.+?\) /, '') ?? ''} at ${where} · ${oneLine([values.service ?? target.service, values.environment ?? target.environment ?? 'all environments'].join(' · '), 80)}`;
  picker.placeholder = placeholders[values.kind];
  picker.ignoreFocusOut = true;
  picker.value = values.text;
  const show = (text: string): void => {
    const check = checkText(values.kind, text, ready.names);
    picker.items = [
      firstItem(check, values, text),
      ...completions(values.kind, text, ready.names).map(
        ({ name, from, completed }): TextItem => ({
          label: `$(symbol-variable) ${name}`,
          description: from,
          alwaysShow: true,
          act: { complete: completed },
        }),
      ),
      { label: '$(settings-gear) More…', description: optionsText(ready, values), alwaysShow: true, act: 'options' },
      ...(ready.note === null ? [] : [{ label: `$(info) ${withoutIcons(ready.note)}`, alwaysShow: true, act: null }]),
    ];
  };
  show(values.text);
  return new Promise<{ readonly text: string; readonly next: 'place' | 'options' } | undefined>((resolve) => {
    picker.onDidChangeValue(show);
    picker.onDidAccept(() => {
      const act = picker.selectedItems[0]?.act ?? null;
      if (act === 'options') resolve({ text: picker.value, next: 'options' });
      else if (act === 'place') resolve({ text: picker.value, next: 'place' });
      else if (act !== null) {
        picker.value = act.complete;
        show(act.complete);
      }
    });
    picker.onDidHide(() => resolve(undefined));
    picker.show();
  }).finally(() => picker.dispose());
}

function firstItem({ problem, warning }: Check, values: FormValues, text: string): TextItem {
  if (problem !== null)
    return { label: `$(error) ${withoutIcons(oneLine(problem, 300))}`, alwaysShow: true, act: null };
  const label = `$(record) Place ${values.kind === 'log' || text.trim() === '' ? `the ${values.kind}` : `the ${values.kind}, where this is true`}`;
  return {
    label,
    ...(warning === null ? {} : { detail: `$(warning) ${withoutIcons(warning)}` }),
    alwaysShow: true,
    act: 'place',
  };
}
