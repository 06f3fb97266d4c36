import { expect, it } from 'vitest';
import { CostMeter } from './cost-meter.ts';

const samples = (count: number) => [{ slot: new Int32Array(count) }];
const begin = { process: 10, thread: 1, at: 1_000 };

it('adds up what each part took, as a share of what the process took', () => {
  const meter = new CostMeter(begin, 2e-9);
  meter.addFile('a.js', { first: 0, count: 2 });
  meter.addCalls(Int32Array.of(0, 1), Float64Array.of(1e6, 4e6));
  const cost = meter.look({ process: 11, thread: 1.02, at: 2_000 }, 5);
  // 5 million calls of 2 ns, 20 ms of the thread, 5 ms measured.
  expect(cost.seconds).toBeCloseTo(0.01 + 0.02 + 0.005, 9);
  expect(cost.share).toBeCloseTo(0.035, 9);
});

it('of a process that does little, it is a share of a third of a core', () => {
  const meter = new CostMeter(begin, 2e-9);
  expect(meter.look({ process: 10.02, thread: 1.01, at: 11_000 }, 0).share).toBeCloseTo(0.003, 9);
});

it('of a process that has more than one core, it is a share of all that it took', () => {
  const meter = new CostMeter(begin, 2e-9);
  expect(meter.look({ process: 14, thread: 1.1, at: 2_000 }, 0).share).toBeCloseTo(0.025, 9);
});

it('each look is of what came since the one before', () => {
  const meter = new CostMeter(begin, 1e-9);
  meter.addCalls(Int32Array.of(0), Float64Array.of(1e6));
  meter.look({ process: 11, thread: 1, at: 2_000 }, 0);
  expect(meter.look({ process: 12, thread: 1, at: 3_000 }, 0)).toMatchObject({ seconds: 0, share: 0, files: [] });
});

it('knows the files whose calls are dearest, of far slots too', () => {
  const meter = new CostMeter(begin, 1e-9);
  for (let at = 0; at < 100; at += 1) meter.addFile(`f${at}.js`, { first: at * 1_000, count: 1_000 });
  meter.addCalls(Int32Array.of(5_500, 70_000, 99_999), Float64Array.of(1e6, 3e6, 2e6));
  const { files } = meter.look({ process: 11, thread: 1, at: 2_000 }, 0);
  expect(files.map(({ path, first }) => [path, first])).toEqual([
    ['f70.js', 70_000],
    ['f99.js', 99_000],
    ['f5.js', 5_000],
  ]);
  expect(files[0]?.share).toBeCloseTo(0.003, 9);
});

it('does not tell more than the process took, nor less than nothing', () => {
  const meter = new CostMeter(begin, 1e-3);
  meter.addCalls(Int32Array.of(0), Float64Array.of(1e9));
  meter.addSamples(samples(10));
  expect(meter.look({ process: 10.5, thread: 0.5, at: 1_500 }, 0).share).toBe(1);
});
