import { createRequire } from 'node:module';
import { isNode, type SyntaxNode } from '../naming/syntax.ts';

export type SourceType = 'module' | 'script' | 'commonjs';
export type Language = 'javascript' | 'typescript' | 'typescriptreact';

export interface ParsedComment {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface ParsedSource {
  readonly program: SyntaxNode;
  readonly comments: readonly ParsedComment[];
}

/**
 * The ESTree of a text, parentheses kept as nodes. JavaScript goes to acorn, whose positions and early errors follow
 * the specification most closely; what acorn does not know yet (decorators, JSX) and TypeScript go to Babel. Throws a
 * `SyntaxError` when neither can read it.
 */
export function parse(source: string, sourceType: SourceType, language: Language): ParsedSource {
  if (language !== 'javascript') return parseWithBabel(source, sourceType, language);
  try {
    return parseWithAcorn(source, sourceType);
  } catch (error) {
    try {
      return parseWithBabel(source, sourceType, language);
    } catch {
      throw error;
    }
  }
}

/** The parsers are loaded by the first text that needs them: at a start where all plans are kept, none is. */
const requireLazily = createRequire(import.meta.url);

function parseWithAcorn(source: string, sourceType: SourceType): ParsedSource {
  const acorn: typeof import('acorn') = requireLazily('acorn');
  const comments: ParsedComment[] = [];
  const program: unknown = acorn.parse(source, {
    ecmaVersion: 'latest',
    sourceType,
    preserveParens: true,
    onComment: (_block, text, start, end) => comments.push({ text, start, end }),
  });
  if (!isNode(program)) throw new SyntaxError('the parser gave no tree');
  return { program, comments };
}

function parseWithBabel(source: string, sourceType: SourceType, language: Language): ParsedSource {
  const babel: typeof import('@babel/parser') = requireLazily('@babel/parser');
  const jsx = language === 'typescript' ? [] : (['jsx'] as const);
  const types = language === 'javascript' ? [] : (['typescript'] as const);
  const file = babel.parse(source, {
    sourceType: sourceType === 'module' ? 'module' : 'script',
    allowReturnOutsideFunction: sourceType === 'commonjs',
    allowNewTargetOutsideFunction: sourceType === 'commonjs',
    createParenthesizedExpressions: true,
    // TypeScript's own checks (an `override` without a base class…) stop no program from running.
    errorRecovery: types.length > 0,
    plugins: [
      ['estree', { classFeatures: true }],
      'decorators',
      'decoratorAutoAccessors',
      'explicitResourceManagement',
      ...jsx,
      ...types,
    ],
  });
  const wrong = (file.errors ?? []).find((error) => Reflect.get(error, 'syntaxPlugin') !== 'typescript');
  if (wrong) throw new SyntaxError(`${wrong.code}: ${wrong.reasonCode}`);
  const program: unknown = file.program;
  if (!isNode(program)) throw new SyntaxError('the parser gave no tree');
  const comments = (file.comments ?? []).map((comment) => ({
    text: comment.value,
    start: comment.start ?? 0,
    end: comment.end ?? 0,
  }));
  return { program, comments };
}
