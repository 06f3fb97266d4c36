import { describe, expect, it } from 'vitest';
import { offeredWindows, parseInstant, parseLength } from './window.ts';

describe('windows of time', () => {
  it('understands every window that it offers', () => {
    for (const window of offeredWindows) expect(parseLength(window)).toBeGreaterThan(0);
  });

  it.each(['', '15', 'm', '1.5h', '-5m', '5M', '15m ', '9999999d'])('refuses %j', (text) => {
    expect(parseLength(text)).toBeUndefined();
  });

  it('understands instants', () => {
    const now = Date.parse('2026-01-02T00:00:00Z');
    expect(parseInstant('15m', now)).toBe(now - 900_000);
    expect(parseInstant('now', now)).toBe(now);
    expect(parseInstant('2026-01-01T00:00:00Z', now)).toBe(now - 86_400_000);
    expect(parseInstant(String(now), now)).toBe(now);
    expect(parseInstant('yesterday', now)).toBeUndefined();
    expect(parseInstant('2026-13-45', now)).toBeUndefined();
    expect(parseInstant('1', now)).toBeUndefined();
  });
});
