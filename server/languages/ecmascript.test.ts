import { namingVectors } from '@runlens/protocol/naming/vectors';
import { describe, expect, it } from 'vitest';
import { Parser } from 'web-tree-sitter';
import { loadGrammar } from '../documents/grammars.ts';
import { languageById } from './registry.ts';

describe('the naming rules, by tree-sitter', () => {
  it.each(namingVectors)('$language: $title', async ({ language, source, functions }) => {
    const definition = languageById(language);
    if (!definition) throw new Error(`no definition for ${language}`);
    const grammar = await loadGrammar(definition);
    const parser = new Parser();
    parser.setLanguage(grammar);
    const tree = parser.parse(source);
    if (!tree) throw new Error('no tree');
    const names = definition.functions(tree, source).map(({ name, line }) => [name, line]);
    tree.delete();
    parser.delete();
    expect(names).toEqual(functions);
  });
});
