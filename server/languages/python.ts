import type { LanguageDefinition } from './definition.ts';
import { byName, nameOf, scopedFunctions } from './scoped.ts';

/** Lambdas belong to the function around them. A reported name starts with the module (`shop.cart.Cart.add`). */
export const python: LanguageDefinition = {
  languageIds: ['python'],
  extensions: ['.py', '.pyi'],
  grammar: 'tree-sitter-python',
  workspaceFiles: ['pyproject.toml', 'requirements.txt', 'setup.py'],
  functions: scopedFunctions({
    mark: /\bdef\b/g,
    functions: { function_definition: byName },
    scopes: { class_definition: nameOf },
    skip: ['comment', 'string', 'import_statement', 'import_from_statement'],
  }),
  localName: (reported, { path }) => {
    const name = reported.replaceAll('.<locals>', '');
    const module = path
      .replace(/\.pyi?$/, '')
      .replace(/\/__init__$/, '')
      .split('/');
    // The module's name starts where the interpreter's path does, which only the service knows.
    for (let from = 0; from < module.length; from += 1) {
      const prefix = `${module.slice(from).join('.')}.`;
      if (name.startsWith(prefix)) return name.slice(prefix.length);
    }
    return name.startsWith('__main__.') ? name.slice('__main__.'.length) : name;
  },
};
