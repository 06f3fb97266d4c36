import { expect, test } from 'vitest';
import { z } from 'zod';
import { agentTools } from './registry.ts';
import { changed, readChange } from './review/testing.ts';
import { facts } from './testing.ts';

test('every tool has a name of its own that all hosts accept', () => {
  const names = agentTools.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^runlens_[a-z_]{1,50}$/);
});

test.each(agentTools)('$name can be offered as JSON Schema, each input described', ({ inputSchema, outputSchema }) => {
  const schema = z.toJSONSchema(inputSchema, { io: 'input' });
  expect(schema.type).toBe('object');
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    expect(property, name).toHaveProperty('description');
  }
  expect(z.toJSONSchema(outputSchema).type).toBe('object');
});

test.each(agentTools)('$name refuses an input of the wrong kind with a sentence', async (tool) => {
  for (const input of [undefined, null, 'text', { service: 7 }, { service: '' }]) {
    const result = await tool.call(input, { facts: facts() });
    expect(result.kind).toBe('invalidInput');
  }
});

/** What was remembered is of use without them. */
const needFacts = agentTools.filter(({ name }) => !/_(?:recall|remember|forget)$/.test(name));

test.each(needFacts)('$name passes on that the facts cannot be had', async (tool) => {
  const away = async (): Promise<never> => {
    throw new Error('the collector is away');
  };
  const probes = { place: away, list: away, get: away, captures: away, remove: away };
  const call = tool.call(
    {
      file: 'a.ts',
      function: 'f',
      line: 1,
      ...(/findings|events/.test(tool.name) ? {} : { kind: 'counter' }),
      reason: 'why',
      sql: 'SELECT 1',
      service: 'shop',
      id: 'p-0123456789ab',
    },
    {
      facts: {
        services: away,
        profiles: away,
        hot: away,
        entries: away,
        unused: away,
        statements: away,
        findings: away,
        events: away,
        event: away,
        compare: away,
        query: away,
        probes,
      },
      changes: { read: async () => readChange([changed()]) },
    },
  );
  await expect(call).rejects.toThrow('the collector is away');
});
