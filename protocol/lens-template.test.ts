import { describe, expect, it } from 'vitest';
import { fillLensTemplate, lensStyleTemplates, parseLensTemplate } from './lens-template.ts';

const fill = (template: string, values: Record<string, string>): string => {
  const parsed = parseLensTemplate(template);
  return parsed.kind === 'wrong' ? parsed.message : fillLensTemplate(parsed.parts, (name) => values[name]);
};
const known = { rate: '5/min', p99: '3 ms', environment: 'production' };

describe('the template of a lens', () => {
  it('is filled with what is known; a part with something unknown is left out', () => {
    expect(fill('{rate} · worst {p99} · {errors} failed · in {environment}', known)).toBe(
      '5/min · worst 3 ms · in production',
    );
    expect(fill('{rate}·{p50}/{p99}·{ environment }', known)).toBe('5/min · production');
  });

  it('always has the environment', () => {
    expect(fill('{rate}', known)).toBe('5/min · production');
    expect(fill('{rate} · {place}', { ...known, place: 'production v42' })).toBe('5/min · production v42');
  });

  it('what is filled in is not read as a template', () => {
    expect(fill('{version} · {environment}', { version: '{rate} · {x}', environment: '{p50}' })).toBe(
      '{rate} · {x} · {p50}',
    );
  });

  it.each([
    ['{rate} · {latency}', /names \{latency\}, which there is not: there are rate, calls, p50/],
    ['{rate', /a brace that is not closed/],
    ['rate}', /a brace that is not closed or not opened/],
    ['{{rate}}', /a brace/],
    ['{toString}', /names \{toString\}/],
    ['', /has no placeholder/],
    ['calls', /has no placeholder/],
    ['{rate}\n{p50}', /write it on one line/],
    ['{rate} '.repeat(50), /350 characters long: write one of at most 200/],
  ])('%j is refused with what to write', (template, message) => {
    expect(parseLensTemplate(template)).toMatchObject({ kind: 'wrong', message: expect.stringMatching(message) });
  });

  it('the styles are templates', () => {
    for (const template of Object.values(lensStyleTemplates)) expect(parseLensTemplate(template).kind).toBe('template');
  });
});
