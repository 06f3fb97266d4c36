import { type NamingVector, namingVectors } from '@runlens/protocol/naming/vectors';
import { describe, expect, it } from 'vitest';
import { parse } from '../transform/parse.ts';
import { findFunctions } from './functions.ts';

const lineOf = (source: string, offset: number): number => source.slice(0, offset).split(/\r\n|\n|\r/).length;

function named(source: string, language: NamingVector['language'], sourceType: 'module' | 'script' = 'module') {
  const { program } = parse(source, sourceType, language);
  return findFunctions(program, source).map(({ name, start }) => [name, lineOf(source, start)]);
}

describe('functions have the names that every part gives them', () => {
  for (const vector of namingVectors) {
    it(`${vector.language}: ${vector.title}`, () => {
      const sloppy = vector.title === 'twins';
      expect(named(vector.source, vector.language, sloppy ? 'script' : 'module')).toEqual(vector.functions);
    });
  }
  for (const vector of namingVectors.filter(({ language }) => language === 'javascript')) {
    it(`read as TypeScript: ${vector.title}`, () => {
      expect(named(vector.source, 'typescript')).toEqual(vector.functions);
    });
  }
});

it('a sum of three thousand terms is walked', () => {
  const source = `x = ${Array.from({ length: 3_000 }, () => 'f(() => 1)').join(' + ')};`;
  expect(named(source, 'javascript')).toHaveLength(3_000);
});
