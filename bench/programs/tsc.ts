/** The TypeScript compiler checks and emits the files named on its command line, into nothing. */
import { phase, tellPhases } from './phases.ts';

const typescript: typeof import('typescript-5') = require('typescript-5');
phase('load');

const files = process.argv.slice(2);
const { ModuleKind, ModuleResolutionKind, ScriptTarget } = typescript;
const program = typescript.createProgram(files, {
  target: ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts'],
  module: ModuleKind.NodeNext,
  moduleResolution: ModuleResolutionKind.NodeNext,
  customConditions: ['runlens-source'],
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  rewriteRelativeImportExtensions: true,
  skipLibCheck: true,
});
const problems = typescript.getPreEmitDiagnostics(program).length;
let bytes = 0;
program.emit(undefined, (_file, text) => {
  bytes += text.length;
});
phase('work');
tellPhases(`${program.getSourceFiles().length} files, ${problems} problems, ${bytes} characters`);
