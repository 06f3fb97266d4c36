/**
 * One function over time: calls, latency and the distribution of latency, one above the other on the same axis of time. The
 * element lives as long as the page, and is given new numbers; a moment is chosen by mouse or by keyboard.
 */
import type { SeriesPoint, SeriesResponse } from '@runlens/protocol/api/series';
import { formatCount, formatRate, formatSeconds, versionName } from '@runlens/protocol/format';
import { element, table } from '../page/element.ts';
import { momentText } from '../page/moment.ts';
import { type HeatCells, heatCells } from './heat-cells.ts';
import { onPalette, palette } from './palette.ts';
import { callsWords, distributionWords, latencyWords, pointHeadings, pointRow } from './point-words.ts';
import { logarithmicTicks } from './ticks.ts';
import { TimeChart } from './time-chart.ts';

const rowHeights = { calls: 120, latency: 180, distribution: 180 };
/** Opacity of the emptiest and of the fullest cell of the heat map. */
const faintest = 0.12;

export class HistoryCharts {
  readonly element: HTMLElement;
  #series: SeriesResponse | undefined;
  #cells: HeatCells | undefined;
  readonly #charts: readonly TimeChart[];
  readonly #tableHolder = element('div', {});
  readonly #heatKey = element('p', { class: 'key' });
  readonly #deploys = element('p', { class: 'note' });
  #shownTable: SeriesResponse | undefined;

  constructor() {
    const onMoment = (index: number | undefined): void => this.#showMoment(index);
    const context = { series: (): SeriesResponse | undefined => this.#series, onMoment };
    const seconds = { ticks: logarithmicTicks, label: formatSeconds, logarithmic: true };
    const calls = new TimeChart({
      ...context,
      name: 'Calls and errors',
      height: rowHeights.calls,
      words: callsWords,
      axis: { label: formatRate, logarithmic: false },
      range: () => [0, Math.max(1, ...this.#points().map(({ callsPerMinute }) => callsPerMinute ?? 0)) * 1.1],
      curves: [
        { kind: 'bars', colour: () => palette().calls, value: ({ callsPerMinute }) => callsPerMinute },
        { kind: 'bars', colour: () => palette().errors, value: errorsPerMinute },
      ],
      namesDeploys: true,
    });
    const latency = new TimeChart({
      ...context,
      name: 'Latency',
      height: rowHeights.latency,
      words: latencyWords,
      axis: seconds,
      range: () =>
        logarithmicRange(this.#points().flatMap(({ duration }) => (duration ? [duration.p50, duration.p99] : []))),
      curves: [
        { kind: 'line', dash: [2, 3], colour: () => palette().latency, value: ({ duration }) => duration?.p99 ?? null },
        { kind: 'line', dash: [7, 4], colour: () => palette().latency, value: ({ duration }) => duration?.p90 ?? null },
        { kind: 'line', dash: [], colour: () => palette().latency, value: ({ duration }) => duration?.p50 ?? null },
      ],
      bands: true,
    });
    const distribution = new TimeChart({
      ...context,
      name: 'Distribution of latency',
      height: rowHeights.distribution,
      words: distributionWords,
      axis: seconds,
      range: () => (this.#cells ? [this.#cells.least, this.#cells.most] : [0.001, 1]),
      curves: [],
      draw: (chart) => this.#drawCells(chart),
    });
    this.#charts = [calls, latency, distribution];
    this.element = element(
      'section',
      { 'data-part': 'history', class: 'history' },
      element('h2', {}, 'Over time'),
      this.#deploys,
      figure('Calls', calls, key('bar', 'calls'), key('bar errors', 'errors')),
      figure('Latency', latency, key('line', 'p50'), key('line dashed', 'p90'), key('line dotted', 'p99')),
      figure('Distribution of latency', distribution, this.#heatKey),
      this.#tableHolder,
    );
    onPalette(() => {
      for (const chart of this.#charts) chart.redraw();
    });
  }

  update(series: SeriesResponse, now: number): void {
    this.#series = series;
    this.#cells = heatCells(series.points);
    this.#deploys.textContent = deployWords(series, now);
    this.#heatKey.replaceChildren(
      element('span', { class: 'swatch gradient', 'aria-hidden': 'true' }),
      this.#cells ? `few calls to ${formatCount(this.#cells.mostCalls)} of a length` : 'no call was timed',
    );
    for (const chart of this.#charts) chart.update();
    this.#updateTable(series);
  }

  #points(): readonly SeriesPoint[] {
    return this.#series?.points ?? [];
  }

  /** The same moment in all of them. */
  #showMoment(index: number | undefined): void {
    for (const chart of this.#charts) chart.show(index);
  }

  /** The rows are made when they are opened: nobody reads them before. */
  #updateTable(series: SeriesResponse): void {
    const before = this.#tableHolder.querySelector('details');
    const details = before ?? element('details', {}, element('summary', {}, 'As a table'));
    const fill = (): void => {
      const current = this.#series;
      if (!details.open || current === undefined || current === this.#shownTable) return;
      this.#shownTable = current;
      const rows = current.points.toReversed().map((point) => pointRow(current, point));
      const caption = `${current.function}: calls and latency over time, newest first`;
      details.replaceChildren(details.firstElementChild ?? '', table(caption, pointHeadings, rows) ?? '');
    };
    if (!before) {
      details.addEventListener('toggle', fill);
      this.#tableHolder.append(details);
    }
    if (series !== this.#shownTable) fill();
  }

  #drawCells(chart: TimeChart): void {
    const map = this.#cells;
    if (!map) return;
    const { highContrast, latency, foreground } = palette();
    for (const { column, from, to, calls } of map.cells) {
      const box = chart.cell(column, from, to);
      if (!box) continue;
      const { context } = chart;
      // By the root, as few slow calls among thousands of fast ones are what one looks for.
      context.globalAlpha = faintest + (1 - faintest) * Math.sqrt(calls / map.mostCalls);
      context.fillStyle = highContrast ? foreground : latency;
      context.fillRect(box.left, box.top, box.width, box.height);
    }
  }
}

function figure(title: string, chart: TimeChart, ...keys: readonly HTMLElement[]): HTMLElement {
  return element(
    'div',
    { class: 'figure' },
    element('div', { class: 'head' }, element('h3', {}, title), element('div', { class: 'keys' }, ...keys)),
    chart.readout,
    chart.element,
  );
}

const key = (kind: string, text: string): HTMLElement =>
  element('p', { class: 'key' }, element('span', { class: `swatch ${kind}`, 'aria-hidden': 'true' }), text);

const errorsPerMinute = ({ calls, callsPerMinute, errors }: SeriesPoint): number | null =>
  callsPerMinute === null || errors === 0 || calls === 0 ? null : (errors / calls) * callsPerMinute;

function logarithmicRange(seconds: readonly number[]): readonly [number, number] {
  if (seconds.length === 0) return [0.001, 1];
  // A clock that cannot see so short a time tells 0.
  const positive = seconds.map((value) => Math.max(value, 1e-9));
  return [Math.min(...positive) / 1.4, Math.max(...positive) * 1.4];
}

function deployWords(series: SeriesResponse, now: number): string {
  const since = Date.parse(series.window.since);
  const length = Date.parse(series.window.until) - since;
  const began = series.versions.filter(({ firstSeen }) => Date.parse(firstSeen) >= since);
  const running = series.versions.filter(({ lastSeen }) => now - Date.parse(lastSeen) < 300_000).length;
  const several = running > 1 ? ` ${running} versions ran in the last five minutes.` : '';
  if (began.length === 0) return `No version was seen for the first time in this window.${several}`;
  const named = began.map(
    ({ version, firstSeen }) =>
      `${versionName(version) || 'an unnamed version'} at ${momentText(Date.parse(firstSeen), length, series.stepSeconds * 1_000)}`,
  );
  return `Seen for the first time: ${named.slice(-6).join(', ')}.${several}`;
}
