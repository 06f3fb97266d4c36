/** What the ways of measuring by rewriting have in common: they change texts on their way through `require`. */
import Module from 'node:module';

export interface Required {
  readonly text: string;
  readonly path: string;
  /** An ES module: Node loads those by `require` too. */
  readonly isModule: boolean;
}

interface Compiling {
  _compile(this: NodeJS.Module, text: string, path: string, ...more: unknown[]): unknown;
}

const prefixes: readonly string[] = JSON.parse(process.env.BENCH_FILES ?? '[]');
const isWanted = (path: string) => prefixes.some((prefix) => path.startsWith(prefix));

/** Rewrites the files whose paths begin with one of `BENCH_FILES` (JSON), as they are required. */
export function onRequire(rewrite: (required: Required) => string): void {
  let isRewriting = false;
  let count = 0;
  process.on('exit', () => {
    if (count > 0) return;
    console.error(`nothing was rewritten: no file was required from ${prefixes.join(', ')}`);
    process.exitCode = 1;
  });
  // Not in the types, though every tool that hooks `require` builds on it.
  const prototype = Module.prototype as unknown as Compiling;
  const { _compile: compile } = prototype;
  prototype._compile = function compileRewritten(text, path, ...more) {
    if (isRewriting || !isWanted(path)) return compile.call(this, text, path, ...more);
    isRewriting = true;
    count += 1;
    const restore = putAside();
    let rewritten = text;
    try {
      rewritten = rewrite({ text, path, isModule: more[0] === 'module' });
    } finally {
      restore();
      isRewriting = false;
    }
    return compile.call(this, rewritten, path, ...more);
  };
}

/**
 * What rewriting loads for itself, such as a parser, is neither rewritten nor shared with the measured program, which
 * may be that very parser. Gives the function that puts the program's modules back.
 */
function putAside(): () => void {
  const wanted = () => Object.entries(require.cache).filter(([path]) => isWanted(path));
  const before = wanted();
  for (const [path] of before) delete require.cache[path];
  return () => {
    for (const [path] of wanted()) delete require.cache[path];
    for (const [path, module] of before) require.cache[path] = module;
  };
}
