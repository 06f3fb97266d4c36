/**
 * Preloaded into the process of a package's own tests: measures the package's code (not its tests, not its
 * dependencies) and writes at exit what was counted, so that a run which measured nothing is not taken for a success.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installRuntime } from '@runlens/sensor/runtime/install';
import { transform } from '@runlens/sensor/transform/transform';

const root = process.env.MEASURED_PACKAGE;
const report = process.env.MEASURED_REPORT;
if (root && report) {
  const runtime = installRuntime();
  let files = 0;
  const unreadable: string[] = [];

  const isMeasured = (url: string): boolean => {
    if (!url.startsWith('file:')) return false;
    const path = relative(root, fileURLToPath(url));
    return (
      !path.startsWith('..') &&
      /\.[cm]?js$/.test(path) &&
      !/^(?:test|node_modules)(?:$|\W)/.test(path.split(sep).join('/'))
    );
  };

  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      // A package without a `type` has no format yet: CommonJS, here.
      const format = loaded.format ?? 'commonjs';
      if (!isMeasured(url) || (format !== 'commonjs' && format !== 'module')) return loaded;
      const source = loaded.source ? loaded.source.toString() : readFileSync(new URL(url), 'utf8');
      const result = transform(source, {
        filename: url,
        sourceType: format,
        language: 'javascript',
        firstSlot: runtime.reserved,
      });
      if (result.unreadable) unreadable.push(result.unreadable);
      runtime.reserve(result.functions.length);
      files += 1;
      return { ...loaded, format, source: result.code };
    },
  });

  process.on('exit', () => {
    const deltas = runtime.drain();
    const calls = deltas.reduce((sum, delta) => sum + delta.calls, 0);
    const errors = deltas.reduce((sum, delta) => sum + [...delta.errors.values()].reduce((a, b) => a + b, 0), 0);
    writeFileSync(
      report,
      JSON.stringify({ files, functions: runtime.reserved, called: deltas.length, calls, errors, unreadable }),
    );
  });
}
