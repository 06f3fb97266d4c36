/** One chart over time, drawn by uPlot: bars or lines with what is deployed and what is not measured marked in it. */
import type { SeriesPoint, SeriesResponse } from '@runlens/protocol/api/series';
import { versionName } from '@runlens/protocol/format';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { element } from '../page/element.ts';
import { momentText } from '../page/moment.ts';
import { palette, withAlpha } from './palette.ts';
import { timeOf } from './point-words.ts';

interface Curve {
  readonly kind: 'bars' | 'line';
  /** Of a line; empty: it is whole. */
  readonly dash?: number[];
  readonly colour: () => string;
  readonly value: (point: SeriesPoint) => number | null;
}

export interface ChartOptions {
  readonly name: string;
  /** CSS pixels. */
  readonly height: number;
  readonly series: () => SeriesResponse | undefined;
  /** What a point says. */
  readonly words: (point: SeriesPoint) => string;
  readonly axis: {
    readonly label: (value: number) => string;
    readonly logarithmic: boolean;
    readonly ticks?: (least: number, most: number) => number[];
  };
  readonly range: () => readonly [number, number];
  readonly curves: readonly Curve[];
  /** Fills between neighbouring lines. */
  readonly bands?: boolean;
  readonly namesDeploys?: boolean;
  /** Drawn under the lines. */
  readonly draw?: (chart: TimeChart) => void;
  /** Called when a moment is chosen, by the position of its point; undefined: none is. */
  readonly onMoment: (index: number | undefined) => void;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const axisWidth = 64;
const pageOfMoments = 10;

export class TimeChart {
  readonly element: HTMLElement;
  /** The chosen moment in words, or the newest. */
  readonly readout = element('p', { class: 'readout' });
  readonly #options: ChartOptions;
  #plot: uPlot | undefined;
  #chosen: number | undefined;
  /** While the cursor is set by the program. */
  #setting = false;

  constructor(options: ChartOptions) {
    this.#options = options;
    this.element = element('div', {
      class: 'chart',
      role: 'slider',
      tabindex: '0',
      'aria-label': `${options.name} over time`,
      'aria-valuemin': '0',
      'aria-valuemax': '0',
      'aria-valuenow': '0',
    });
    this.element.style.height = `${options.height}px`;
    this.element.addEventListener('keydown', (event) => this.#pressed(event));
    this.element.addEventListener('focus', () => {
      if (this.element.matches(':focus-visible')) options.onMoment(this.#chosen ?? this.#last());
    });
    this.element.addEventListener('blur', () => options.onMoment(undefined));
    new ResizeObserver(() => this.#resize()).observe(this.element);
  }

  /** Draws with new numbers. */
  update(): void {
    const series = this.#options.series();
    if (!series) return;
    const last = series.points.length - 1;
    this.element.setAttribute('aria-valuemax', String(last));
    if (this.#plot) this.#plot.setData(this.#data());
    else this.#resize();
    this.show(this.#chosen === undefined ? undefined : Math.min(this.#chosen, last));
  }

  /** In other colours. */
  redraw(): void {
    // The paths of bars hold their colours.
    this.#plot?.redraw(true, true);
  }

  /** Shows a moment; undefined: none, and the readout tells of the newest. */
  show(index: number | undefined): void {
    this.#chosen = index;
    const series = this.#options.series();
    const at = index ?? this.#last();
    const point = series?.points[at];
    if (!series || !point) return;
    const words = `${timeOf(series, point)}: ${this.#options.words(point)}`;
    this.readout.textContent = words;
    this.element.setAttribute('aria-valuenow', String(at));
    this.element.setAttribute('aria-valuetext', words);
    const plot = this.#plot;
    if (!plot) return;
    this.#setting = true;
    const left = index === undefined ? -10 : plot.valToPos(this.#middle(index), 'x');
    plot.setCursor({ left, top: index === undefined ? -10 : plot.over.clientHeight / 2 }, false);
    this.#setting = false;
  }

  get context(): CanvasRenderingContext2D {
    if (!this.#plot) throw new Error('the chart is not drawn yet');
    return this.#plot.ctx;
  }

  /** Where a stretch of values at a point is, in pixels of the canvas. */
  cell(column: number, from: number, to: number): Box | undefined {
    const plot = this.#plot;
    const series = this.#options.series();
    if (!plot || !series) return undefined;
    const half = series.stepSeconds / 2;
    const middle = this.#middle(column);
    const left = Math.round(plot.valToPos(middle - half, 'x', true));
    const right = Math.round(plot.valToPos(middle + half, 'x', true));
    const top = Math.round(plot.valToPos(to, 'y', true));
    const bottom = Math.round(plot.valToPos(from, 'y', true));
    return { left, top, width: Math.max(1, right - left - 1), height: Math.max(1, bottom - top - 1) };
  }

  #last(): number {
    return Math.max(0, (this.#options.series()?.points.length ?? 0) - 1);
  }

  /** Of a point's time, seconds since 1970. */
  #middle(index: number): number {
    const series = this.#options.series();
    return Date.parse(series?.points[index]?.at ?? '') / 1_000 + (series?.stepSeconds ?? 0) / 2;
  }

  #pressed(event: KeyboardEvent): void {
    const last = this.#last();
    const now = this.#chosen ?? last;
    const wanted: Readonly<Record<string, number>> = {
      ArrowLeft: now - 1,
      ArrowDown: now - 1,
      ArrowRight: now + 1,
      ArrowUp: now + 1,
      PageDown: now - pageOfMoments,
      PageUp: now + pageOfMoments,
      Home: 0,
      End: last,
    };
    const next = wanted[event.key];
    if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#options.onMoment(Math.max(0, Math.min(last, next)));
  }

  #data(): uPlot.AlignedData {
    const points = this.#options.series()?.points ?? [];
    const columns = this.#options.curves.map(({ value, kind }) =>
      points.map((point) => {
        const one = value(point);
        // A logarithm has no zero.
        return one !== null && kind === 'line' ? Math.max(one, 1e-9) : one;
      }),
    );
    // uPlot draws nothing at all without a series.
    const drawn = columns.length > 0 ? columns : [points.map(() => null)];
    return [points.map((_, i) => this.#middle(i)), ...drawn];
  }

  #resize(): void {
    const width = this.element.clientWidth;
    if (width === 0 || !this.#options.series()) return;
    if (this.#plot) this.#plot.setSize({ width, height: this.#options.height });
    else {
      this.#plot = new uPlot(this.#plotOptions(width), this.#data(), this.element);
      this.show(this.#chosen);
    }
  }

  #plotOptions(width: number): uPlot.Options {
    const { axis, curves, height, range, bands } = this.#options;
    const grid = { stroke: () => palette().grid, width: 1 };
    const text = { stroke: () => palette().muted, font: palette().font, ticks: { show: false } };
    const bars = uPlot.paths.bars?.({ size: [0.8, 60] });
    return {
      width,
      height,
      padding: [16, 8, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false, setScale: false } },
      scales: {
        x: { time: true, auto: false, range: () => this.#timeRange() },
        y: { auto: false, range: () => [...range()] as [number, number], ...(axis.logarithmic ? { distr: 3 } : {}) },
      },
      axes: [
        { ...text, grid: { show: false }, size: 26, space: 70, values: (_, ticks) => this.#timeLabels(ticks) },
        {
          ...text,
          grid,
          size: axisWidth,
          values: (_, ticks) => ticks.map(axis.label),
          // uPlot would leave out the labels of a logarithmic axis that are no powers of ten.
          filter: (_, ticks) => ticks,
          ...(axis.ticks
            ? { splits: (_: uPlot, __: number, least: number, most: number) => axis.ticks?.(least, most) ?? [] }
            : { space: 26 }),
        },
      ],
      series: [
        {},
        ...(curves.length === 0 ? [{ show: false }] : []),
        ...curves.map(
          ({ kind, dash, colour }): uPlot.Series => ({
            stroke: colour,
            width: kind === 'bars' ? 0 : 1.5,
            spanGaps: false,
            ...(kind === 'bars' && bars ? { paths: bars, fill: colour, points: { show: false } } : {}),
            ...(dash && dash.length > 0 ? { dash } : {}),
            ...(kind === 'line' ? { points: { show: kind === 'line' && dash?.length === 0, size: 4 } } : {}),
          }),
        ),
      ],
      ...(bands
        ? {
            bands: curves.slice(1).map((_, i) => ({
              series: [i + 1, i + 2],
              fill: () => withAlpha(curves[0]?.colour() ?? '', 0.12 + i * 0.13),
            })),
          }
        : {}),
      hooks: {
        drawAxes: [() => this.#drawUnder()],
        draw: [() => this.#drawDeploys()],
        setCursor: [(plot) => this.#moved(plot)],
      },
    } as uPlot.Options; // the types of uPlot know no fill by function for bands, which it takes
  }

  #timeRange(): [number, number] {
    const series = this.#options.series();
    if (!series) return [0, 1];
    const last = Date.parse(series.points.at(-1)?.at ?? '') / 1_000;
    return [Date.parse(series.window.since) / 1_000, last + series.stepSeconds];
  }

  #timeLabels(ticks: readonly number[]): string[] {
    const [from, to] = this.#timeRange();
    const [first = 0, second = first + 60] = ticks;
    return ticks.map((tick) => momentText(tick * 1_000, (to - from) * 1_000, (second - first) * 1_000));
  }

  #moved(plot: uPlot): void {
    if (this.#setting) return;
    const { idx, left } = plot.cursor;
    this.#options.onMoment(idx === null || idx === undefined || (left ?? -1) < 0 ? undefined : idx);
  }

  /** What is not measured, then what the chart draws itself. */
  #drawUnder(): void {
    const plot = this.#plot;
    const series = this.#options.series();
    if (!plot || !series) return;
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const [from, to] of unmeasuredRuns(series.points)) this.#drawUnmeasured(plot, from, to);
    this.#options.draw?.(this);
    ctx.restore();
  }

  #drawUnmeasured(plot: uPlot, from: number, to: number): void {
    const { ctx, bbox } = plot;
    const half = (this.#options.series()?.stepSeconds ?? 0) / 2;
    const left = plot.valToPos(this.#middle(from) - half, 'x', true);
    const right = plot.valToPos(this.#middle(to) + half, 'x', true);
    const step = 8 * devicePixelRatio;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, bbox.top, right - left, bbox.height);
    ctx.clip();
    ctx.strokeStyle = palette().grid;
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    for (let x = left - bbox.height; x < right; x += step) {
      ctx.moveTo(x, bbox.top + bbox.height);
      ctx.lineTo(x + bbox.height, bbox.top);
    }
    ctx.stroke();
    ctx.restore();
    ctx.font = scaled(palette().font);
    const said = 'not measured';
    const wide = ctx.measureText(said).width + 12 * devicePixelRatio;
    if (right - left < wide) return;
    const middle = (left + right) / 2;
    const height = bbox.top + bbox.height / 2;
    ctx.fillStyle = palette().background;
    ctx.fillRect(middle - wide / 2, height - 9 * devicePixelRatio, wide, 18 * devicePixelRatio);
    ctx.fillStyle = palette().muted;
    ctx.textAlign = 'center';
    ctx.textBaseline = 'middle';
    ctx.fillText(said, middle, height);
  }

  /** A line where a version was seen for the first time, with its name as far as there is room. */
  #drawDeploys(): void {
    const plot = this.#plot;
    const series = this.#options.series();
    if (!plot || !series) return;
    const { ctx, bbox } = plot;
    const { deploy, font } = palette();
    ctx.save();
    ctx.strokeStyle = deploy;
    ctx.fillStyle = deploy;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.font = scaled(font);
    ctx.textBaseline = 'bottom';
    ctx.textAlign = 'left';
    let free = bbox.left;
    for (const { version, firstSeen } of series.versions) {
      const x = Math.round(plot.valToPos(Date.parse(firstSeen) / 1_000, 'x', true)) + 0.5;
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      const name = versionName(version);
      const width = ctx.measureText(name).width;
      const at = Math.min(x, bbox.left + bbox.width - width);
      if (this.#options.namesDeploys !== true || at < free) continue;
      ctx.fillText(name, at, bbox.top - 2 * devicePixelRatio);
      free = at + width + 6 * devicePixelRatio;
    }
    ctx.restore();
  }
}

/** Positions of the first and last points of each run that is not measured. */
function unmeasuredRuns(points: readonly Pick<SeriesPoint, 'measured'>[]): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  points.forEach(({ measured }, i) => {
    const last = runs.at(-1);
    if (measured) return;
    if (last?.[1] === i - 1) last[1] = i;
    else runs.push([i, i]);
  });
  return runs;
}

const scaled = (font: string): string =>
  font.replace(/^(\d+)px/, (_, pixels: string) => `${Number(pixels) * devicePixelRatio}px`);
