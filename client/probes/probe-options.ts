/** What can be said of a probe beside its one input: behind *More…* of the form. */
import type { ProbePlace } from '@runlens/protocol';
import { mostHits, mostRate } from '@runlens/protocol/probes/limits';
import * as vscode from 'vscode';
import {
  checkExpression,
  type FormPlace,
  type FormValues,
  numberProblem,
  parseLife,
  type ReadyPlace,
  type Spot,
  untilProblem,
} from './form-model.ts';
import { oneLine, withoutIcons } from './shown-text.ts';

/** As the protocol has it. */
const mostDepth = 6;

export const linesText = ({ line, untilLine }: ProbePlace): string =>
  untilLine === undefined ? `line ${line}` : `line ${line} to ${untilLine}`;

export const optionsText = ({ place, target }: ReadyPlace, values: FormValues): string =>
  withoutIcons(
    oneLine(
      [
        place.at === 'line' ? linesText(place) : place.at,
        values.environment ?? target.environment ?? 'all environments',
        values.kind === 'log' && values.condition ? `if ${values.condition}` : '',
        values.hits === undefined ? '' : `${values.hits} hits`,
        values.rate === undefined ? '' : `${values.rate} a second`,
        values.mostInstances === undefined ? '' : `on ${values.mostInstances} instances at most`,
        values.toServiceLog === true ? 'into the service’s log, too' : '',
        values.life === undefined ? 'for 1 h' : `for ${values.life} s`,
      ]
        .filter((part) => part !== '')
        .join(' · '),
    ),
  );

type Option =
  | 'at'
  | 'until'
  | 'target'
  | 'mostInstances'
  | 'condition'
  | 'expressions'
  | 'depth'
  | 'by'
  | 'level'
  | 'toServiceLog'
  | 'hits'
  | 'rate'
  | 'life'
  | 'reason';

/** Asks for one after the other, until it is left. */
export async function askOptions(
  ready: ReadyPlace,
  before: FormValues,
  spotBefore: Spot,
  place: FormPlace,
): Promise<{ readonly values: FormValues; readonly spot: Spot }> {
  let values = before;
  let spot = spotBefore;
  for (;;) {
    const option = await vscode.window.showQuickPick(optionsOf(ready, values, spot), {
      title: 'Runlens: More of the Probe',
      placeHolder: 'Choose what to change; Escape leads back',
      ignoreFocusOut: true,
    });
    if (!option) return { values, spot };
    if (option.option === 'at') spot = (await askAt()) ?? spot;
    else if (option.option === 'until') spot = (await askUntil(place, spot)) ?? spot;
    else values = { ...values, ...(await askOption(option.option, ready, values)) };
  }
}

function optionsOf(
  { target, targets }: ReadyPlace,
  values: FormValues,
  { at, untilLine }: Spot,
): (vscode.QuickPickItem & { option: Option })[] {
  const { kind } = values;
  const options: (readonly [Option, string, string, boolean])[] = [
    ['at', 'Where', at === 'line' ? 'before the line' : `at the ${at} of the function`, kind !== 'timer'],
    [
      'until',
      'To which line',
      untilLine === undefined ? 'the whole function' : `line ${untilLine + 1}`,
      kind === 'timer',
    ],
    [
      'target',
      'Service and environment',
      `${values.service ?? target.service} · ${values.environment ?? target.environment ?? 'all environments'}`,
      targets.length > 0,
    ],
    ['mostInstances', 'On so many instances at most', values.mostInstances?.toString() ?? 'all', true],
    ['condition', 'Only where this is true', values.condition ?? 'each time', kind === 'log'],
    ['expressions', 'Values to read beside the locals', values.expressions?.join(', ') ?? 'none', kind === 'snapshot'],
    ['depth', 'Levels of objects', values.depth?.toString() ?? 'as usual', kind === 'snapshot'],
    ['by', 'Told apart by a value', values.by ?? 'all together', kind === 'counter' || kind === 'timer'],
    ['level', 'Level of the log', values.level ?? 'info', kind === 'log'],
    ['toServiceLog', 'Into the service’s own log, too', values.toServiceLog === true ? 'yes' : 'no', kind === 'log'],
    [
      'hits',
      'Ends after so many hits',
      values.hits === undefined ? 'as usual' : String(values.hits),
      kind === 'snapshot' || kind === 'log',
    ],
    [
      'rate',
      'So many hits a second of one instance',
      values.rate?.toString() ?? 'as usual',
      kind === 'snapshot' || kind === 'log',
    ],
    ['life', 'Ends after', values.life === undefined ? '1h' : `${values.life} s`, true],
    ['reason', 'Why: for the others, and for the audit log', values.reason ?? 'not told', true],
  ];
  return options.flatMap(([option, label, description, there]) =>
    there ? [{ option, label, description: withoutIcons(oneLine(description)) }] : [],
  );
}

async function askAt(): Promise<Spot | undefined> {
  const items = [
    { at: 'line' as const, label: 'Before the line' },
    { at: 'entry' as const, label: 'At the entry of the function' },
    {
      at: 'exit' as const,
      label: 'At the exit of the function',
      description: 'with what it returns or throws: $return, $thrown, $duration',
    },
  ];
  const chosen = await vscode.window.showQuickPick(items, { title: 'Where', ignoreFocusOut: true });
  return chosen && { at: chosen.at };
}

async function askUntil({ uri, line }: FormPlace, { untilLine }: Spot): Promise<Spot | undefined> {
  const document = vscode.workspace.textDocuments.find((each) => each.uri.toString() === uri);
  const from = line + 1;
  const given = await askInput(
    `From line ${from} to which line? Empty: the whole function`,
    untilLine === undefined ? '' : `${untilLine + 1}`,
    (text) => untilProblem(text, from, document?.lineCount ?? Number.POSITIVE_INFINITY),
  );
  if (given === undefined) return undefined;
  return given.trim() === '' ? { at: 'entry' } : { at: 'line', untilLine: Number(given) - 1 };
}

async function askOption(
  option: Exclude<Option, 'at' | 'until'>,
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
      const hits = await askNumber('Ends after so many hits', values.hits, 1, mostHits[values.kind] ?? 1);
      return hits === undefined ? {} : { hits };
    }
    case 'rate': {
      const most = mostRate[values.kind] ?? 1;
      const rate = await askNumber(
        'So many hits a second of one instance, such as 0.1',
        values.rate,
        0.001,
        most,
        false,
      );
      return rate === undefined ? {} : { rate };
    }
    case 'depth': {
      const depth = await askNumber('Levels of objects below a variable', values.depth, 0, mostDepth);
      return depth === undefined ? {} : { depth };
    }
    case 'mostInstances': {
      const mostInstances = await askNumber('On so many instances at most', values.mostInstances, 1, 10_000);
      return mostInstances === undefined ? {} : { mostInstances };
    }
    case 'toServiceLog':
      return { toServiceLog: values.toServiceLog !== true };
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

async function askNumber(
  title: string,
  value: number | undefined,
  least: number,
  most: number,
  whole = true,
): Promise<number | undefined> {
  const given = await askInput(title, value?.toString(), (text) => numberProblem(text, least, most, whole));
  return given === undefined ? undefined : Number(given);
}

const askInput = (
  title: string,
  value: string | undefined,
  validateInput: (text: string) => string | undefined,
): Thenable<string | undefined> =>
  vscode.window.showInputBox({ title, ignoreFocusOut: true, validateInput, ...(value === undefined ? {} : { value }) });
