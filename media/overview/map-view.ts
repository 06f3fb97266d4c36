/** The map of a folder: drawn on a canvas, moved through by mouse and by keyboard, told to screen readers as a list. */
import { formatCount } from '@runlens/protocol/format';
import { heatOfShare } from '@runlens/protocol/heat';
import { onPalette, palette, withAlpha } from '../charts/palette.ts';
import { element } from '../page/element.ts';
import type { Measure, TreeNode } from './function-tree.ts';
import { nameOf, nodeWords, timeWords } from './node-words.ts';
import { Slices, Superseded } from './slices.ts';
import { type Box, boxAt, type Direction, headerHeight, neighbour, treemap } from './treemap.ts';

export interface MapEvents {
  /** A function is to be opened, or a folder to be entered. */
  readonly onChosen: (node: TreeNode) => void;
  readonly onUp: () => void;
}

/** CSS pixels. */
const mapHeight = 440;
const narrowest = 34;
const lowest = 15;
/** Of a box that is not among what is sought. */
const dimmed = 0.25;
/** Failures above this share are marked. */
const failing = 0.01;
const arrows: Readonly<Record<string, Direction>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
};

export class MapView {
  readonly element: HTMLElement;
  readonly #events: MapEvents;
  readonly #canvas = element('canvas', { 'aria-hidden': 'true' });
  readonly #list: HTMLElement;
  readonly #readout = element('p', { class: 'readout' });
  readonly #empty = element('p', { class: 'note' });
  #root: TreeNode | undefined;
  #service = 0;
  #measure: Measure = 'seconds';
  #sought: ReadonlySet<TreeNode> | undefined;
  #boxes: readonly Box[] = [];
  /** Of the folder that is shown: those that the keyboard moves through. */
  #top: readonly Box[] = [];
  #active: Box | undefined;
  #pointed: Box | undefined;
  #work = new AbortController();

  constructor(events: MapEvents) {
    this.#events = events;
    this.#list = element('div', { class: 'map', role: 'listbox', tabindex: '0', 'aria-label': 'Map of functions' });
    this.#canvas.style.height = `${mapHeight}px`;
    this.#list.append(this.#canvas);
    this.element = element('div', {}, this.#list, this.#readout, this.#empty);
    this.#list.addEventListener('keydown', (event) => this.#pressed(event));
    this.#list.addEventListener('focus', () => {
      if (this.#list.matches(':focus-visible')) this.#activate(this.#active ?? this.#top[0]);
    });
    this.#list.addEventListener('blur', () => this.#activate(undefined));
    this.#canvas.addEventListener('mousemove', (event) => this.#point(event));
    this.#canvas.addEventListener('mouseleave', () => this.#point(undefined));
    this.#canvas.addEventListener('click', () => {
      if (this.#pointed && this.#pointed.others === undefined) events.onChosen(this.#pointed.node);
    });
    new ResizeObserver(() => this.#layOut()).observe(this.#list);
    onPalette(() => this.#layOut());
  }

  /** `serviceSeconds`: of all functions together, for shares. */
  show(root: TreeNode, measure: Measure, serviceSeconds: number, sought: ReadonlySet<TreeNode> | undefined): void {
    const moved = root !== this.#root || measure !== this.#measure;
    this.#root = root;
    this.#measure = measure;
    this.#service = serviceSeconds;
    this.#sought = sought;
    if (moved) this.#active = undefined;
    this.#layOut();
  }

  /** Lays out and draws in slices; a newer call supersedes this one. */
  #layOut(): void {
    this.#work.abort();
    this.#work = new AbortController();
    this.#draw(new Slices(this.#work.signal)).catch((error: unknown) => {
      if (!(error instanceof Superseded)) throw error;
    });
  }

  async #draw(slices: Slices): Promise<void> {
    const root = this.#root;
    const width = this.#list.clientWidth;
    if (!root || width === 0) return;
    const within = { left: 0, top: 0, width, height: mapHeight };
    const boxes = await treemap(root, this.#measure, within, slices);
    const drawing = document.createElement('canvas');
    drawing.width = Math.round(width * devicePixelRatio);
    drawing.height = Math.round(mapHeight * devicePixelRatio);
    const context = drawing.getContext('2d');
    if (!context) return;
    context.scale(devicePixelRatio, devicePixelRatio);
    for (const box of boxes) {
      this.#drawBox(context, box);
      if (slices.due) await slices.pause();
    }
    // Whole, so that nothing flickers.
    this.#canvas.width = drawing.width;
    this.#canvas.height = drawing.height;
    this.#picture = drawing;
    this.#boxes = boxes;
    this.#top = boxes.filter(({ depth, others }) => depth === 1 && others === undefined);
    this.#active = this.#active && this.#top.find(({ node }) => node === this.#active?.node);
    this.#empty.textContent = boxes.length === 0 ? 'Nothing here was called in this window.' : '';
    this.#listTop();
    this.#paint();
  }

  #picture: HTMLCanvasElement | undefined;

  /** The drawn map, with what is pointed at or chosen by the keyboard marked in it. */
  #paint(): void {
    const context = this.#canvas.getContext('2d');
    if (!context || !this.#picture) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    context.drawImage(this.#picture, 0, 0);
    context.scale(devicePixelRatio, devicePixelRatio);
    const { focus, foreground } = palette();
    for (const [box, colour, thick] of [
      [this.#pointed, foreground, 1],
      [this.#active, focus, 3],
    ] as const) {
      if (!box) continue;
      context.strokeStyle = colour;
      context.lineWidth = thick;
      const inset = thick / 2;
      context.strokeRect(box.left + inset, box.top + inset, box.width - thick, box.height - thick);
    }
    this.#readout.textContent = this.#words(this.#pointed ?? this.#active);
    this.#canvas.classList.toggle('actionable', this.#pointed !== undefined && this.#pointed.others === undefined);
  }

  #drawBox(context: CanvasRenderingContext2D, box: Box): void {
    const { foreground, grid, highContrast, heat, errors, font } = palette();
    const { node, left, top, width, height, open } = box;
    const isFunction = node.kind === 'function' && box.others === undefined;
    const found = this.#sought === undefined || !isFunction || this.#sought.has(node);
    const inner = [left + 0.5, top + 0.5, Math.max(0, width - 1), Math.max(0, height - 1)] as const;
    context.globalAlpha = found ? 1 : dimmed;
    if (isFunction) {
      const share = this.#service > 0 ? node.seconds / this.#service : 0;
      const colour = heat[heatOfShare(share) - 1] ?? foreground;
      if (highContrast) {
        context.strokeStyle = colour;
        context.lineWidth = 1;
        context.strokeRect(...inner);
      } else {
        context.fillStyle = withAlpha(colour, 0.3);
        context.fillRect(...inner);
      }
      if (node.calls > 0 && node.errors / node.calls >= failing) {
        context.fillStyle = errors;
        context.fillRect(left + 1, top + 1, Math.min(4, width - 2), Math.max(0, height - 2));
      }
    } else {
      context.strokeStyle = grid;
      context.lineWidth = 1;
      context.strokeRect(...inner);
    }
    if (width >= narrowest && height >= lowest) {
      context.fillStyle = foreground;
      context.font = font;
      context.textBaseline = 'middle';
      const room = width - 12;
      const name = fitted(context, box.others === undefined ? nameOf(node) : `${formatCount(box.others)} more`, room);
      context.fillText(name, left + 7, top + Math.min(height, headerHeight) / 2 + 1);
      if (isFunction && height >= 2 * lowest + 2) {
        context.fillText(fitted(context, this.#amount(node), room), left + 7, top + headerHeight + 8);
      }
      if (open) {
        const amount = this.#amount(node);
        const taken = context.measureText(name).width + 18;
        const wide = context.measureText(amount).width;
        if (taken + wide < width - 6) {
          context.fillStyle = palette().muted;
          context.fillText(amount, left + width - wide - 6, top + headerHeight / 2 + 1);
        }
      }
    }
    context.globalAlpha = 1;
  }

  #amount(node: TreeNode): string {
    return this.#measure === 'seconds' ? timeWords(node) : `${formatCount(node.calls)} calls`;
  }

  #words(box: Box | undefined): string {
    if (!box) return 'Point at the map, or move in it by the arrow keys.';
    if (box.others !== undefined)
      return `${formatCount(box.others)} more functions in ${nameOf(box.node) || 'all'}, each too small to be seen`;
    return nodeWords(box.node, this.#service);
  }

  #listTop(): void {
    const options = this.#top.map((box, i) =>
      element(
        'div',
        { role: 'option', id: `box-${i}`, class: 'hidden', 'aria-selected': String(box === this.#active) },
        `${box.node.kind === 'function' ? '' : `${box.node.kind} `}${nodeWords(box.node, this.#service)}`,
      ),
    );
    // A list box has an option at least.
    if (options.length === 0) {
      options.push(
        element('div', { role: 'option', class: 'hidden', 'aria-selected': 'false' }, 'Nothing here was called'),
      );
    }
    this.#list.replaceChildren(this.#canvas, ...options);
    this.#mark();
  }

  #mark(): void {
    const at = this.#active ? this.#top.indexOf(this.#active) : -1;
    if (at < 0) this.#list.removeAttribute('aria-activedescendant');
    else this.#list.setAttribute('aria-activedescendant', `box-${at}`);
    for (const option of this.#list.querySelectorAll('[role=option]')) {
      option.setAttribute('aria-selected', String(option.id === `box-${at}`));
    }
  }

  #activate(box: Box | undefined): void {
    this.#active = box;
    this.#mark();
    this.#paint();
  }

  #point(event: MouseEvent | undefined): void {
    const bounds = this.#canvas.getBoundingClientRect();
    const box = event && boxAt(this.#boxes, event.clientX - bounds.left, event.clientY - bounds.top);
    if (box === this.#pointed) return;
    this.#pointed = box;
    this.#paint();
  }

  #pressed(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const direction = arrows[event.key];
    const active = this.#active ?? this.#top[0];
    if (direction && active) {
      this.#activate(this.#active ? (neighbour(this.#top, active, direction) ?? active) : active);
    } else if ((event.key === 'Enter' || event.key === ' ') && active) this.#events.onChosen(active.node);
    else if (event.key === 'Backspace' || event.key === 'Escape') this.#events.onUp();
    else if (event.key === 'Home') this.#activate(this.#top[0]);
    else if (event.key === 'End') this.#activate(this.#top.at(-1));
    else return;
    event.preventDefault();
  }
}

/** As much of a text as there is room for. */
function fitted(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  let [least, most] = [0, text.length];
  while (least < most) {
    const half = Math.ceil((least + most) / 2);
    if (context.measureText(`${text.slice(0, half)}…`).width <= room) least = half;
    else most = half - 1;
  }
  return least === 0 ? '' : `${text.slice(0, least)}…`;
}
