/** The details page: shows what the extension sends, and sends back what is clicked. */
import type { DetailsView, FromDetailsPage, ToDetailsPage } from '@runlens/protocol/details';
import type { NamedFunction } from '@runlens/protocol/lsp';
import '../page/page.css';
import '../charts/charts.css';
import './details.css';
import { HistoryCharts } from '../charts/history-charts.ts';
import { element } from '../page/element.ts';
import { patch } from '../page/patch.ts';
import type { Part } from '../page/section.ts';
import { vscodeApi } from '../page/vscode-api.ts';
import * as sections from './sections.ts';
import { versions } from './versions.ts';

const vscode = vscodeApi<FromDetailsPage>();
const page = document.getElementById('page') ?? document.body.appendChild(element('main', {}));
let charts: HistoryCharts | undefined;

function show(view: DetailsView): void {
  const { selectionRange, name, state, failingElsewhere } = view.function;
  // What is opened again after a reload of the window.
  vscode.setState({ uri: view.uri, line: selectionRange.start.line, character: selectionRange.start.character, name });
  const now = Date.parse(view.at);
  const profile = sections.profileOf(state);
  const openFunction = (named: NamedFunction): void => vscode.postMessage({ type: 'openFunction', function: named });
  const parts: readonly (readonly [string, Part])[] = [
    ['header', header(view)],
    ['notice', sections.notice(state, now)],
    [
      'elsewhere',
      failingElsewhere.length > 0
        ? element(
            'p',
            { class: 'notice', role: 'status' },
            `⚠ It fails more in ${failingElsewhere.map((one) => one.environment).join(', ')}.`,
          )
        : undefined,
    ],
    ...(profile
      ? ([
          ['numbers', sections.numbers(profile, now)],
          ['history', history(view, now)],
          ['latency', sections.histogram(profile)],
          [
            'environments',
            sections.environments(view, profile.environment, (environment) =>
              vscode.postMessage({ type: 'selectEnvironment', environment }),
            ),
          ],
          ['versions', versions(profile, now)],
          ['exceptions', sections.exceptions(profile, now)],
          ['queries', sections.queries(profile)],
          ['outgoing', sections.outgoing(profile)],
          ['entries', sections.entries(profile)],
          ['callers', sections.callers(profile, openFunction)],
          ['callees', sections.callees(view.history, openFunction)],
          ['slowest', sections.slowest(profile, now)],
          ['conditions', sections.conditions(profile)],
        ] satisfies [string, Part][])
      : []),
  ];
  showParts(parts);
}

function header(view: DetailsView): HTMLElement {
  const { selectionRange, name, state } = view.function;
  const profile = sections.profileOf(state);
  const open = element(
    'button',
    { type: 'button' },
    profile ? `${profile.file}:${selectionRange.start.line + 1}` : 'Open the code',
  );
  open.addEventListener('click', () => vscode.postMessage({ type: 'openCode' }));
  const why = element('button', { type: 'button' }, state.kind === 'measured' ? 'About these numbers' : 'Why?');
  why.addEventListener('click', () => vscode.postMessage({ type: 'why' }));
  return element(
    'header',
    {},
    element('h1', {}, name),
    element('p', {}, [profile?.service, profile?.environment, `last ${view.window}`].filter(Boolean).join(' · ')),
    element('p', { class: 'actions' }, open, why),
  );
}

/** The charts stay the same element, so that the chosen moment and the focus stay. */
function history({ history: told }: DetailsView, now: number): Part {
  if (told?.kind === 'history') {
    charts ??= new HistoryCharts();
    charts.update(told.series, now);
    return charts.element;
  }
  const words = told === null ? 'The time before is being fetched.' : `The time before is not known. ${told.message}`;
  return element(
    'section',
    { class: 'history' },
    element('h2', {}, 'Over time'),
    element('p', { class: 'note', role: 'status' }, words),
  );
}

function showParts(parts: readonly (readonly [string, Part])[]): void {
  const shown = parts.flatMap(([name, part]) => {
    if (!part) return [];
    part.dataset.part = name;
    return [part];
  });
  patch(page, shown);
  page.setAttribute('aria-busy', 'false');
}

window.addEventListener('message', (event: MessageEvent<ToDetailsPage>) => {
  const message = event.data;
  if (message.type === 'view') show(message.view);
  else {
    showParts([
      ['header', element('header', {}, element('h1', {}, 'Runlens'))],
      ['problem', element('p', { class: 'notice', role: 'alert' }, message.message)],
    ]);
  }
});
vscode.postMessage({ type: 'ready' });
