import { expect, test } from 'vitest';
import { ContextMemory } from './context-memory.ts';

test('when a context version was told last is known, and of one that never was, nothing', () => {
  const memory = new ContextMemory();
  memory.tell('cv-1', 1);
  memory.tell('cv-1', 5);
  expect(memory.when('cv-1')).toBe(5);
  expect(memory.when('cv-2')).toBeUndefined();
});

test('of very many the ones told longest ago are forgotten', () => {
  const memory = new ContextMemory();
  memory.tell('kept', 0);
  for (let i = 0; i < 10_000; i += 1) {
    if (i === 5_000) memory.tell('kept', i);
    memory.tell(`cv-${i}`, i);
  }
  expect(memory.when('kept')).toBe(5_000);
  expect(memory.when('cv-0')).toBeUndefined();
  expect(memory.when('cv-9999')).toBe(9_999);
});
