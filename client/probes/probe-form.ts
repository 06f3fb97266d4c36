/** The form in which a probe is written: one input with the names in scope, and the rest behind its last line. */
import type { ProbeKind, ProbePlace } from '@runlens/protocol';
import { probesLsp } from '@runlens/protocol/lsp-probes';
import * as vscode from 'vscode';
import type { ServerConnection } from '../server-connection.ts';
import {
  type Check,
  checkExpression,
  checkText,
  completions,
  type FormValues,
  parseLife,
  type ReadyPlace,
} from './form-model.ts';
import { inMessage, oneLine, withoutIcons } from './shown-text.ts';

export interface FormPlace {
  readonly uri: string;
  /** Zero-based. */
  readonly line: number;
  readonly at: ProbePlace['at'];
}

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
  { of: 'timer', label: '$(watch) Timer', detail: 'How long the function takes, by a value if you like' },
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
  let at = kind === 'timer' && place.at === 'line' ? 'entry' : place.at;
  let values: FormValues = { kind, ...fromBreakpoint(kind, place) };
  for (;;) {
    const ready = await readyPlace(server, { ...place, at });
    if (!ready) return undefined;
    const step = await askText(ready, values);
    if (!step) return undefined;
    values = { ...values, text: step.text };
    if (step.next === 'place') return { ready, values };
    const changed = await askOptions(ready, values, at);
    values = changed.values;
    at = changed.at;
  }
}

/** Where the line is in the text that runs; tells why it is not. */
export async function readyPlace(
  server: ServerConnection,
  place: FormPlace & { readonly untilLine?: number },
): Promise<ReadyPlace | undefined> {
  const answer = await server.request(probesLsp.placeAt, place);
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
  const where = place.at === 'line' ? `line ${place.line}` : `${place.at} of ${oneLine(place.function ?? '', 60)}`;
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

const optionsText = ({ place, target }: ReadyPlace, values: FormValues): string =>
  withoutIcons(
    oneLine(
      [
        place.at === 'line' ? `line ${place.line}` : place.at,
        values.environment ?? target.environment ?? 'all environments',
        values.kind === 'log' && values.condition ? `if ${values.condition}` : '',
        values.hits === undefined ? '' : `${values.hits} hits`,
        values.life === undefined ? 'for 1 h' : `for ${values.life} s`,
      ]
        .filter((part) => part !== '')
        .join(' · '),
    ),
  );

type Option = 'at' | 'target' | 'condition' | 'expressions' | 'by' | 'level' | 'hits' | 'life' | 'reason';

async function askOptions(
  ready: ReadyPlace,
  before: FormValues,
  atBefore: ProbePlace['at'],
): Promise<{ readonly values: FormValues; readonly at: ProbePlace['at'] }> {
  let values = before;
  let at = atBefore;
  for (;;) {
    const option = await vscode.window.showQuickPick(optionsOf(ready, values, at), {
      title: 'Runlens: More of the Probe',
      placeHolder: 'Choose what to change; Escape leads back',
      ignoreFocusOut: true,
    });
    if (!option) return { values, at };
    if (option.option === 'at') at = (await askAt()) ?? at;
    else values = { ...values, ...(await askOption(option.option, ready, values)) };
  }
}

function optionsOf(
  { target, targets }: ReadyPlace,
  values: FormValues,
  at: ProbePlace['at'],
): (vscode.QuickPickItem & { option: Option })[] {
  const { kind } = values;
  const options: (readonly [Option, string, string, boolean])[] = [
    ['at', 'Where', at === 'line' ? 'before the line' : `at the ${at} of the function`, true],
    [
      'target',
      'Service and environment',
      `${values.service ?? target.service} · ${values.environment ?? target.environment ?? 'all environments'}`,
      targets.length > 0,
    ],
    ['condition', 'Only where this is true', values.condition ?? 'each time', kind === 'log'],
    ['expressions', 'Values to read beside the locals', values.expressions?.join(', ') ?? 'none', kind === 'snapshot'],
    ['by', 'Told apart by a value', values.by ?? 'all together', kind === 'counter' || kind === 'timer'],
    ['level', 'Level of the log', values.level ?? 'info', kind === 'log'],
    [
      'hits',
      'Ends after so many hits',
      values.hits === undefined ? 'as usual' : String(values.hits),
      kind === 'snapshot' || kind === 'log',
    ],
    ['life', 'Ends after', values.life === undefined ? '1h' : `${values.life} s`, true],
    ['reason', 'Why: for the others, and for the audit log', values.reason ?? 'not told', true],
  ];
  return options.flatMap(([option, label, description, there]) =>
    there ? [{ option, label, description: withoutIcons(oneLine(description)) }] : [],
  );
}

async function askAt(): Promise<ProbePlace['at'] | undefined> {
  const items = [
    { at: 'line' as const, label: 'Before the line' },
    { at: 'entry' as const, label: 'At the entry of the function' },
    {
      at: 'exit' as const,
      label: 'At the exit of the function',
      description: 'with what it returns or throws: $return, $thrown, $duration',
    },
  ];
  return (await vscode.window.showQuickPick(items, { title: 'Where', ignoreFocusOut: true }))?.at;
}

async function askOption(
  option: Exclude<Option, 'at'>,
  ready: ReadyPlace,
  values: FormValues,
): Promise<Partial<FormValues>> {
  const expression = (text: string): string | undefined => checkExpression(text, ready.names).problem ?? undefined;
  switch (option) {
    case 'target': {
      const items = ready.targets.map((each) => ({
        label: withoutIcons(oneLine(each.service)),
        description: withoutIcons(oneLine(each.environment)),
        each,
      }));
      const chosen = await vscode.window.showQuickPick(items, {
        title: 'Service and environment',
        ignoreFocusOut: true,
      });
      return chosen ? chosen.each : {};
    }
    case 'condition': {
      const condition = await askInput('Only where this is true', values.condition, expression);
      return condition === undefined ? {} : { condition };
    }
    case 'by': {
      const by = await askInput('Told apart by this value', values.by, expression);
      return by === undefined ? {} : { by };
    }
    case 'expressions': {
      const added = await askInput('A value to read, such as order.items.length; empty: none', '', expression);
      if (added === undefined) return {};
      return { expressions: added === '' ? [] : [...(values.expressions ?? []), added].slice(0, 16) };
    }
    case 'level': {
      const levels = (['debug', 'info', 'warn', 'error'] as const).map((level) => ({ label: level, level }));
      const chosen = await vscode.window.showQuickPick(levels, { title: 'Level', ignoreFocusOut: true });
      return chosen ? { level: chosen.level } : {};
    }
    case 'hits': {
      const hits = await askInput('Ends after so many hits', values.hits?.toString(), (text) =>
        /^[1-9]\d{0,6}$/.test(text.trim()) ? undefined : 'A number from 1 on',
      );
      return hits === undefined ? {} : { hits: Number(hits) };
    }
    case 'life': {
      const life = await askInput('Ends after', '1h', (text) =>
        parseLife(text) === undefined ? 'Such as 90s, 15m or 1h; at most 1d' : undefined,
      );
      return life === undefined ? {} : { life: parseLife(life) };
    }
    case 'reason': {
      const reason = await askInput('Why', values.reason, (text) =>
        text.length > 500 ? 'At most 500 characters' : undefined,
      );
      return reason === undefined ? {} : { reason };
    }
  }
}

const askInput = (
  title: string,
  value: string | undefined,
  validateInput: (text: string) => string | undefined,
): Thenable<string | undefined> =>
  vscode.window.showInputBox({ title, ignoreFocusOut: true, validateInput, ...(value === undefined ? {} : { value }) });
