import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sensorLimits } from './limits.ts';
import { Switches } from './switches.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlens-switches-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = '2026-01-31T12:00:00.000Z';
const shop = { service: 'shop', environment: 'production', instance: 'one' };

it('what was switched is known after a restart', () => {
  new Switches(folder).set({ service: 'shop', on: false, at });
  const switches = new Switches(folder);
  expect(switches.isOn(shop)).toBe(false);
  expect(switches.isOn({ ...shop, service: 'mail' })).toBe(true);
  switches.set({ service: 'shop', on: true, at });
  expect(new Switches(folder).all).toEqual([]);
});

it('the narrowest that fits counts, whichever was first', () => {
  const switches = new Switches(folder);
  switches.set({ service: 'shop', on: false, at });
  switches.set({ service: 'shop', environment: 'production', on: true, at });
  switches.set({ service: 'shop', instance: 'one', on: false, at });
  expect(switches.isOn(shop)).toBe(false);
  expect(switches.isOn({ ...shop, instance: 'two' })).toBe(true);
  expect(switches.isOn({ ...shop, instance: 'two', environment: 'staging' })).toBe(false);
});

it('a wider one takes the place of all that it covers', () => {
  const switches = new Switches(folder);
  switches.set({ service: 'shop', instance: 'one', on: false, at });
  switches.set({ service: 'mail', on: false, at });
  switches.set({ service: 'shop', on: true, at });
  expect(switches.all).toEqual([{ service: 'mail', on: false, at }]);
});

it('is bounded: of many single instances the oldest is forgotten, never the service', () => {
  const switches = new Switches(folder);
  switches.set({ service: 'mail', on: false, at });
  for (let i = 0; i <= sensorLimits.switches; i += 1) {
    switches.set({ service: 'shop', instance: String(i), on: false, at });
  }
  expect(switches.all).toHaveLength(sensorLimits.switches);
  expect(switches.isOn({ ...shop, instance: '0' })).toBe(true);
  expect(switches.isOn({ ...shop, instance: String(sensorLimits.switches) })).toBe(false);
  expect(switches.isOn({ ...shop, service: 'mail' })).toBe(false);
});

it('a file that is damaged is told with what to do, and left as it is', () => {
  writeFileSync(join(folder, 'switches.json'), '{"switches":[{"service":');
  expect(() => new Switches(folder)).toThrow(/switches\.json.* mend it, or delete it/);
  expect(readFileSync(join(folder, 'switches.json'), 'utf8')).toBe('{"switches":[{"service":');
});

it('one that cannot be written changes nothing', () => {
  const switches = new Switches(join(folder, 'data'));
  writeFileSync(join(folder, 'data'), 'a file in the place of the folder');
  expect(() => switches.set({ service: 'shop', on: false, at })).toThrow();
  expect(switches.isOn(shop)).toBe(true);
});
