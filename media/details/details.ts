/** The details page: shows what the extension sends, and sends back what is clicked. */
import type { DetailsView, FromDetailsPage, ToDetailsPage } from '@runlens/protocol/details';
import './details.css';
import { element } from './element.ts';
import * as sections from './sections.ts';

interface VsCode {
  readonly postMessage: (message: FromDetailsPage) => void;
  readonly setState: (state: unknown) => void;
}
declare function acquireVsCodeApi(): VsCode;

const vscode = acquireVsCodeApi();
const page = document.getElementById('page') ?? document.body.appendChild(element('main', {}));

function show(view: DetailsView): void {
  const { selectionRange, name, state, failingElsewhere } = view.function;
  // What is opened again after a reload of the window.
  vscode.setState({ uri: view.uri, line: selectionRange.start.line, character: selectionRange.start.character, name });
  const now = Date.parse(view.at);
  const profile = sections.profileOf(state);
  const open = element(
    'button',
    { type: 'button' },
    profile ? `${profile.file}:${selectionRange.start.line + 1}` : 'Open the code',
  );
  open.addEventListener('click', () => vscode.postMessage({ type: 'openCode' }));
  const why = element('button', { type: 'button' }, state.kind === 'measured' ? 'About these numbers' : 'Why?');
  why.addEventListener('click', () => vscode.postMessage({ type: 'why' }));
  const parts = [
    element(
      'header',
      {},
      element('h1', {}, name),
      element('p', {}, [profile?.service, profile?.environment, `last ${view.window}`].filter(Boolean).join(' · ')),
      element('p', { class: 'actions' }, open, why),
    ),
    sections.notice(state, now),
    failingElsewhere.length > 0
      ? element(
          'p',
          { class: 'notice', role: 'status' },
          `⚠ It fails more in ${failingElsewhere.map((one) => one.environment).join(', ')}.`,
        )
      : undefined,
    ...(profile
      ? [
          sections.numbers(profile, now),
          sections.histogram(profile),
          sections.environments(view, profile.environment, (environment) =>
            vscode.postMessage({ type: 'selectEnvironment', environment }),
          ),
          sections.versions(profile, now),
          sections.conditions(profile),
          sections.slowest(profile, now),
          sections.entries(profile),
          sections.callers(profile),
          sections.queries(profile),
          sections.outgoing(profile),
          sections.exceptions(profile, now),
        ]
      : []),
  ];
  replace(parts.filter((part) => part !== undefined));
}

/** Puts the new parts in, and leaves focus, open tables and the scroll position where they were. */
function replace(parts: readonly HTMLElement[]): void {
  const focusable = (): HTMLElement[] => [...page.querySelectorAll<HTMLElement>('button, summary')];
  const focused = document.activeElement instanceof HTMLElement ? focusable().indexOf(document.activeElement) : -1;
  const opened = [...page.querySelectorAll('details')].map((one) => one.open);
  const { scrollY } = window;
  page.replaceChildren(...parts);
  page.querySelectorAll('details').forEach((one, at) => {
    one.open = opened[at] ?? false;
  });
  if (focused >= 0) focusable()[focused]?.focus({ preventScroll: true });
  window.scrollTo({ top: scrollY });
  page.setAttribute('aria-busy', 'false');
}

window.addEventListener('message', (event: MessageEvent<ToDetailsPage>) => {
  const message = event.data;
  if (message.type === 'view') show(message.view);
  else replace([element('p', { class: 'notice', role: 'alert' }, message.message)]);
});
vscode.postMessage({ type: 'ready' });
