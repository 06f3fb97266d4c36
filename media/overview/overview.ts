/** The overview page: shows what the extension sends, and sends back what is chosen. */
import { formatCount, formatShare } from '@runlens/protocol/format';
import type { NamedFunction } from '@runlens/protocol/lsp';
import type { FromOverviewPage, OverviewView, ToOverviewPage } from '@runlens/protocol/overview-page';
import '../page/page.css';
import '../charts/charts.css';
import './overview.css';
import { element, table } from '../page/element.ts';
import { patch } from '../page/patch.ts';
import { vscodeApi } from '../page/vscode-api.ts';
import { changes, deploys } from './changes.ts';
import { functionTree, type Measure, nodeAt, pathTo, sortedChildren, type TreeNode } from './function-tree.ts';
import { MapView } from './map-view.ts';
import { nameOf, timeWords } from './node-words.ts';
import { type KeptState, readState } from './page-state.ts';
import { firstOf, foundFunctions } from './search.ts';
import { Slices, Superseded } from './slices.ts';

const rowsShown = 25;

const vscode = vscodeApi<FromOverviewPage>();
const page = document.getElementById('page') ?? document.body.appendChild(element('main', {}));
let state: KeptState = readState(vscode.getState());
let tree: TreeNode | undefined;
let view: OverviewView | undefined;
let work = new AbortController();
let found: ReadonlySet<TreeNode> | undefined;

const open = (named: NamedFunction): void => vscode.postMessage({ type: 'openFunction', function: named });
const map = new MapView({ onChosen: choose, onUp: () => goTo(state.path.slice(0, -1)) });
const controls = makeControls();
const mapSection = element(
  'section',
  { 'data-part': 'map' },
  element('h2', {}, 'Functions'),
  controls.element,
  controls.crumbs,
  element('div', { class: 'columns' }, map.element, controls.list),
  element('p', { class: 'note' }, controls.note),
);

function choose(node: TreeNode): void {
  if (node.kind === 'function') open({ file: node.path, function: node.name, line: node.line });
  else goTo(pathTo(node));
}

function goTo(path: readonly string[]): void {
  keep({ path });
  refresh();
}

function keep(changed: Partial<KeptState>): void {
  state = { ...state, ...changed };
  vscode.setState(state);
}

/** New numbers: the tree is made anew, in slices, and then all is shown. */
async function take(next: OverviewView): Promise<void> {
  work.abort();
  work = new AbortController();
  const slices = new Slices(work.signal);
  const made = await functionTree(next.overview, slices);
  view = next;
  tree = made;
  await search(slices);
  show(next);
}

async function search(slices: Slices): Promise<void> {
  found = tree && state.search !== '' ? await foundFunctions(tree, state.search, slices) : undefined;
}

function refresh(): void {
  if (!tree) return;
  const at = nodeAt(tree, state.path);
  map.show(at, state.measure, tree.seconds, found);
  patch(controls.crumbs, crumbs(tree, at));
  patch(controls.list, [list(at)]);
}

function show(shown: OverviewView): void {
  const now = Date.parse(shown.at);
  const { measuredFunctions, truncated, functions } = shown.overview;
  const idle = functions.calls.filter((calls) => calls === 0).length;
  controls.note.replaceChildren(
    [
      'Time is that of each call from its begin to its end, with what it calls and waits for, so that a caller’s holds that of its callees.',
      idle > 0 ? `${formatCount(idle)} functions were measured and not called: they take no room.` : '',
      truncated ? `Of ${formatCount(measuredFunctions)} functions those with most time are here.` : '',
    ]
      .filter((part) => part !== '')
      .join(' '),
  );
  const parts = [header(shown), mapSection, changes(shown, open), deploys(shown, now)];
  const names = ['header', 'map', 'changes', 'deploys'];
  patch(
    page,
    parts.flatMap((part, i) => {
      if (!part) return [];
      part.dataset.part = names[i] ?? '';
      return [part];
    }),
  );
  page.setAttribute('aria-busy', 'false');
  refresh();
}

/** Above what was known before, if anything was. */
function showProblem(problem: string): void {
  const notice = element('p', { class: 'notice', role: 'alert', 'data-part': 'problem' }, problem);
  const parts = [...page.children].filter((part) => part instanceof HTMLElement);
  const known = parts.filter(
    ({ dataset }) => view !== undefined && dataset.part !== 'problem' && dataset.part !== 'old',
  );
  const [first = element('header', { 'data-part': 'header' }, element('h1', {}, 'Runlens')), ...rest] = known;
  const old = element('p', { class: 'note', 'data-part': 'old' }, 'What follows was known before.');
  patch(page, rest.length === 0 ? [first, notice] : [first, notice, old, ...rest]);
  page.setAttribute('aria-busy', 'false');
}

function header({ overview, window: length }: OverviewView): HTMLElement {
  const { service, environment, functions, measuredFunctions } = overview;
  const sum = (column: readonly number[]): number => column.reduce((all, each) => all + each, 0);
  const calls = sum(functions.calls);
  const errors = sum(functions.errors);
  const choice = (what: 'service' | 'environment' | 'version' | 'window', text: string): HTMLElement => {
    const button = element('button', { type: 'button' }, text);
    button.addEventListener('click', () => vscode.postMessage({ type: 'choose', what }));
    return button;
  };
  const facts = `${formatCount(measuredFunctions)} functions measured, ${formatCount(calls)} calls of them, ${
    errors === 0 ? 'no errors' : `${formatCount(errors)} errors (${formatShare(errors / calls)})`
  }.`;
  return element(
    'header',
    {},
    element('h1', {}, service),
    element('p', {}, [environment, `last ${length}`].join(' · ')),
    element('p', {}, facts),
    element(
      'p',
      { class: 'actions' },
      choice('service', 'Choose service'),
      choice('environment', 'Choose environment'),
      choice('version', 'Choose version'),
      choice('window', 'Choose time window'),
    ),
  );
}

function crumbs(root: TreeNode, at: TreeNode): HTMLElement[] {
  const chain: TreeNode[] = [];
  for (let one: TreeNode | undefined = at; one; one = one.parent) chain.unshift(one);
  const items = chain.map((one) => {
    const name = one === root ? 'All' : nameOf(one);
    if (one === at) return element('li', { 'aria-current': 'location' }, name);
    const button = element('button', { type: 'button' }, name);
    button.addEventListener('click', () => goTo(pathTo(one)));
    return element('li', {}, button);
  });
  return [element('ol', { 'data-part': 'crumbs' }, ...items)];
}

/** The same as the map, for those who read: what is in the folder, or what was found. */
function list(at: TreeNode): HTMLElement {
  const { measure } = state;
  const count = found?.size ?? at.children.length;
  const first = found ? firstOf(found, measure, rowsShown) : sortedChildren(at, measure).slice(0, rowsShown);
  const rows = first.map((node) => {
    const button = element('button', { type: 'button', title: node.path }, nameOf(node));
    button.addEventListener('click', () => choose(node));
    return [
      button,
      timeWords(node),
      node.calls === 0 ? 'not called' : formatCount(node.calls),
      node.calls === 0 ? '–' : formatShare(node.errors / node.calls),
    ];
  });
  const title = found
    ? `Functions found by “${state.search}”`
    : `In ${nameOf(at) || 'all'}, most ${measure === 'seconds' ? 'time' : 'calls'} first`;
  const more = count - rows.length;
  return element(
    'div',
    { class: 'list', 'data-part': 'list' },
    element('h3', {}, title),
    table(title, ['Name', 'Time', 'Calls', 'Errors'], rows) ??
      element('p', { class: 'note' }, found ? 'No function or file has this in its name.' : 'Nothing.'),
    more > 0 ? element('p', { class: 'note' }, `and ${formatCount(more)} more`) : undefined,
  );
}

function makeControls() {
  const measures = element('fieldset', { class: 'measures' }, element('legend', {}, 'Size'));
  for (const [measure, label] of [
    ['seconds', 'Time'],
    ['calls', 'Calls'],
  ] as const satisfies readonly (readonly [Measure, string])[]) {
    const radio = element('input', { type: 'radio', name: 'measure', value: measure });
    radio.checked = state.measure === measure;
    radio.addEventListener('change', () => {
      keep({ measure });
      refresh();
    });
    measures.append(element('label', {}, radio, label));
  }
  const input = element('input', { type: 'search', placeholder: 'Function or file', spellcheck: 'false' });
  input.value = state.search;
  input.addEventListener('input', () => {
    keep({ search: input.value.trim() });
    work.abort();
    work = new AbortController();
    search(new Slices(work.signal)).then(refresh, ignoreSuperseded);
  });
  const legend = element(
    'p',
    { class: 'key' },
    ...[1, 2, 3, 4].map((heat) => element('span', { class: `swatch heat heat${heat}`, 'aria-hidden': 'true' })),
    'little to much of all time',
    element('span', { class: 'swatch fails', 'aria-hidden': 'true' }),
    '1 % and more fail',
  );
  return {
    element: element('div', { class: 'controls' }, element('label', {}, 'Search ', input), measures, legend),
    crumbs: element('nav', { class: 'crumbs', 'aria-label': 'Folder that is shown' }),
    list: element('div', {}),
    note: element('span', {}),
  };
}

function ignoreSuperseded(error: unknown): void {
  if (!(error instanceof Superseded)) throw error;
}

window.addEventListener('message', (event: MessageEvent<ToOverviewPage>) => {
  const message = event.data;
  if (message.type === 'overview') {
    take(message.view).catch(ignoreSuperseded);
    return;
  }
  work.abort();
  showProblem(message.message);
});
vscode.postMessage({ type: 'ready' });
