import { describe, expect, it } from 'vitest';
import { computedKey, FunctionNames } from './names.ts';
import { namingVectors } from './vectors.ts';

describe('function names', () => {
  it('counts nameless functions of each enclosing function on its own', () => {
    const names = new FunctionNames();
    expect(names.enterFunction({ kind: 'declared', name: 'a' })).toBe('a');
    expect(names.enterFunction({ kind: 'argument', callee: 'map' })).toBe('a.map(#1)');
    expect(names.enterFunction({ kind: 'none' })).toBe('a.map(#1).anonymous(#1)');
    names.leave();
    names.leave();
    expect(names.enterFunction({ kind: 'argument', callee: undefined })).toBe('a.anonymous(#2)');
    names.leave();
    names.leave();
    expect(names.enterFunction({ kind: 'argument', callee: 'on' })).toBe('on(#1)');
  });

  it('tells a walk that leaves more than it entered', () => {
    expect(() => new FunctionNames().leave()).toThrow('without a matching enter');
  });

  it('keeps a computed key short and on one line', () => {
    expect(computedKey('a\n +  b')).toBe('[a + b]');
    expect(computedKey('x'.repeat(500))).toHaveLength(63);
  });

  it('has vectors whose titles are their own', () => {
    expect(new Set(namingVectors.map((vector) => vector.title)).size).toBe(namingVectors.length);
  });
});
