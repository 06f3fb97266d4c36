import { probesCommandSchema } from '@runlens/protocol/probes/messages';
import { describe, expect, it } from 'vitest';
import { readProbes } from './read-probes.ts';

const probe = {
  id: 'p-0123456789ab',
  request: {
    kind: 'snapshot',
    place: { file: 'src/pay.ts', line: 12, at: 'line', blob: 'a'.repeat(40), function: 'pay' },
    target: { service: 'shop' },
    condition: 'a > 1',
    expressions: ['a'],
  },
  capture: { depth: 3, fields: 20, elements: 100, characters: 255, frames: 16, bytes: 65_536, milliseconds: 1 },
  hits: 10,
  rate: 1,
  expiresAt: new Date(Date.now() + 1000).toISOString(),
  paused: false,
};
const command = (changes: object = {}, more: object = {}) => ({
  kind: 'probes',
  id: 'x',
  probes: [{ ...probe, ...changes }],
  secretNames: ['pin'],
  ...more,
});
const request = (changes: object) => ({ request: { ...probe.request, ...changes } });
const place = (changes: object) => request({ place: { ...probe.request.place, ...changes } });

describe('the probes that a collector tells', () => {
  it.each([
    ['a snapshot', {}],
    ['a log', request({ kind: 'log', message: 'm {a}', level: 'warn', toServiceLog: true, expressions: undefined })],
    ['a counter', { ...request({ kind: 'counter', by: 'a', expressions: undefined }), hits: null, rate: null }],
    [
      'a timer',
      request({ kind: 'timer', expressions: undefined, place: { file: 'a', line: 1, at: 'line', untilLine: 3 } }),
    ],
    ['a preview', request({ preview: true })],
  ])('%s is read as the protocol has it', (_, changes) => {
    const sent = JSON.parse(JSON.stringify(command(changes)));
    expect(readProbes('x', sent)).toEqual(probesCommandSchema.parse(sent));
  });

  it.each([
    ['no list', command({}, { probes: {} })],
    ['more than there can be', command({}, { probes: new Array(201).fill(probe) })],
    ['names that are none', command({}, { secretNames: [1] })],
    ['a probe that is none', command({}, { probes: [null] })],
    ['an id of another form', command({ id: '../x' })],
    ['a kind that is not known', command(request({ kind: 'patch' }))],
    ['no file', command(place({ file: '' }))],
    ['a file name of megabytes', command(place({ file: 'a'.repeat(2e6) }))],
    ['line 0', command(place({ line: 0 }))],
    ['half a line', command(place({ line: 1.5 }))],
    ['a side that is not known', command(place({ at: 'after' }))],
    ['a blob that is none', command(place({ blob: 'zz' }))],
    ['a condition that is none', command(request({ condition: { toString: 'x' } }))],
    ['a condition of megabytes', command(request({ condition: 'a'.repeat(2e6) }))],
    ['many expressions', command(request({ expressions: new Array(17).fill('a') }))],
    ['a level that is not known', command(request({ level: 'fatal' }))],
    ['limits that are none', command({ capture: { depth: -1 } })],
    ['hits below 1', command({ hits: 0 })],
    ['a rate of 0', command({ rate: 0 })],
    ['no end', command({ expiresAt: 'never' })],
  ])('with %s are not taken', (_, sent) => {
    expect(readProbes('x', sent)).toBeUndefined();
  });

  it('stay within the ceilings, whatever was sent', () => {
    const most = {
      depth: 99,
      fields: 1e9,
      elements: 1e9,
      characters: 1e9,
      frames: 1e9,
      bytes: 1e12,
      milliseconds: 1e9,
    };
    const read = readProbes('x', command({ capture: most, expiresAt: '2999-01-01T00:00:00.000Z' }));
    expect(read?.probes[0]?.capture).toMatchObject({ depth: 6, bytes: 1_048_576, milliseconds: 10 });
    expect(Date.parse(read?.probes[0]?.expiresAt ?? '')).toBeLessThanOrEqual(Date.now() + 86_400_000);
  });
});
