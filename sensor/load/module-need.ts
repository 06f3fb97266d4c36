import { readFileSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import { folderWith } from '../source/repository.ts';

/** Whether a CommonJS text may load modules: only `import()` does. Errs on the careful side. */
export function needsModuleHooks(text: string): boolean {
  return text.includes('import(') || /\bimport\s*\(/.test(text);
}

/** Whether the program itself may be a module, or load one: what `_compile` will not see. */
export function programIsModule(program: string | undefined, flags: readonly string[]): boolean {
  // Code given by -e is no file; another preload may be a module that loads more of them.
  if (
    flags.some((flag) => /^--(?:input-type|experimental-default-type|import|loader|experimental-loader)/.test(flag))
  ) {
    const others = flags.filter((flag) =>
      /^--(?:input-type|experimental-default-type|loader|experimental-loader)/.test(flag),
    );
    if (others.length > 0) return true;
  }
  if (flags.some((flag, at) => /^(?:-e|-p|-pe|--eval|--print)$/.test(flags[at - 1] ?? '') && flag.includes('import'))) {
    return true;
  }
  if (program === undefined) return false;
  const path = resolve(program);
  switch (extname(path)) {
    case '.cjs':
    case '.cts':
      return false;
    case '.mjs':
    case '.mts':
    case '.ts':
    case '.tsx':
      return true;
    default:
      return isModulePackage(dirname(path)) || looksLikeModule(path);
  }
}

function isModulePackage(folder: string): boolean {
  const at = folderWith('package.json', folder);
  if (at === undefined) return false;
  try {
    return Reflect.get(JSON.parse(readFileSync(join(at, 'package.json'), 'utf8')), 'type') === 'module';
  } catch {
    return false;
  }
}

/** Node 20.19 and newer run a .js text that only parses as a module as one. */
function looksLikeModule(path: string): boolean {
  try {
    return /^\s*(?:import|export)\b/m.test(readFileSync(path, 'utf8'));
  } catch {
    return false;
  }
}
