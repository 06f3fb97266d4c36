/** The short form; the long one is `npm run bench -- soak`. */
import { expect, it } from 'vitest';
import { soak } from './soak.ts';

const megabyte = 1e6;

it('with a collector that fails in every way in turn, every call, error and query arrives once, and memory stays', async () => {
  const { looks, made, ...rest } = await soak({
    node: 24,
    functions: 4_000,
    callsPerTurn: 200,
    warmUpRounds: 1,
    phaseSeconds: 2,
    phases: 15,
    flushInterval: '200ms',
    lookEverySeconds: 1,
  });
  expect(rest.differences).toEqual([]);
  expect({ code: rest.code, unhandled: rest.unhandled }).toEqual({ code: 0, unhandled: [] });
  // It warns once of each kind that is for good, and is silent on what it copes with.
  expect(rest.stderr.trim().split('\n')).toEqual([expect.stringMatching(/refuses the numbers of this service: 500/)]);
  expect(Object.keys(rest.requests).sort()).toEqual(['broken', 'busy', 'garbage', 'lost', 'nonsense', 'slow', 'up']);
  expect(rest.again).toBeGreaterThan(0);
  const { 'refused by the collector: 500 Internal Server Error': refused = 0 } = rest.toldDropped;
  expect(rest.refusedPoints).toBeGreaterThan(0);
  expect(refused).toBe(rest.refusedPoints);
  expect(made.errors).toBeGreaterThan(100);
  expect(made.queries).toBeGreaterThan(100);
  const heaps = looks.map(({ heapUsed }) => heapUsed);
  const later = Math.max(...heaps.slice(-5)) - Math.max(...heaps.slice(3, 8));
  expect(later / megabyte).toBeLessThan(4);
});
