import { describe, expect, it } from 'vitest';
import { formatAge, formatCount, formatRate, formatSeconds, formatShare, versionName } from './format.ts';

describe('numbers for people', () => {
  it.each([
    [0, '0'],
    [0.001, '<0.01'],
    [0.042, '0.042'],
    [7.25, '7.3'],
    [42.04, '42'],
    [999.4, '999'],
    [999.6, '1k'],
    [1_234, '1.2k'],
    [40_200, '40.2k'],
    [999_960, '1M'],
    [1_300_000, '1.3M'],
    [2.5e9, '2.5G'],
  ])('count %d is %s', (value, text) => expect(formatCount(value)).toBe(text));

  it.each([
    [0, '0/min'],
    [40_200, '40.2k/min'],
    [1, '1/min'],
    [0.5, '30/h'],
    [1 / 60, '1/h'],
    [1 / 1440, '1/day'],
  ])('%d calls a minute is %s', (value, text) => expect(formatRate(value)).toBe(text));

  it.each([
    [0, '<50 ns'],
    [1e-9, '<50 ns'],
    [3.2e-7, '320 ns'],
    [4.12e-6, '4.1 µs'],
    [0.0031, '3.1 ms'],
    [0.12, '120 ms'],
    [0.99961, '1 s'],
    [2.41, '2.4 s'],
    [210, '3.5 min'],
    [7_200, '2 h'],
  ])('%d seconds is %s', (value, text) => expect(formatSeconds(value)).toBe(text));

  it.each([
    [0, '0 %'],
    [0.00001, '<0.01 %'],
    [0.004, '0.4 %'],
    [0.0123, '1.2 %'],
    [0.123, '12 %'],
    [1, '100 %'],
  ])('a share of %d is %s', (value, text) => expect(formatShare(value)).toBe(text));

  it.each([
    [-5_000, 'just now'],
    [12_000, '12 s ago'],
    [300_000, '5 min ago'],
    [3 * 3_600_000, '3 h ago'],
    [50 * 3_600_000, '2 days ago'],
  ])('%d ms is %s', (value, text) => expect(formatAge(value)).toBe(text));
});

describe('a version, as people call it', () => {
  it.each([
    ['0.1.0+41c5a024e95f', 'v0.1.0+41c5a02'],
    ['0.1.0-beta.2+41c5a024e95f-dirty', 'v0.1.0-beta.2+41c5a02*'],
    ['1.4.0+123456789012', 'v1.4.0+1234567'],
    ['41c5a024e95f', '41c5a02'],
    ['41c5a024e95f.dirty', '41c5a02*'],
    ['a'.repeat(40), 'aaaaaaa'],
    ['1'.repeat(40), '1111111'],
    ['v42', 'v42'],
    ['42', 'v42'],
    ['1.2', 'v1.2'],
    ['1.4.0-beta.10', 'v1.4.0-beta.10'],
    ['20260301.1', 'v20260301.1'],
    ['202603011200', '202603011200'],
    ['1.4.0+shop-00042-abc', 'v1.4.0+shop-00042-abc'],
    ['deadbee', 'deadbee'],
    ['a-release-with-a-very-long-name', 'a-release-with-a-very-l…'],
    ['unknown', ''],
    ['', ''],
  ])('%s is %s', (version, text) => expect(versionName(version)).toBe(text));
});
