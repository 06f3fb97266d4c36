/**
 * `node --require istanbul.cjs program.cjs`: istanbul's counters (each function, statement and branch), as nyc puts
 * them there. What was instrumented once is kept in `ISTANBUL_CACHE`, as nyc does, so that its own work is no part of
 * what is measured.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInstrumenter } from 'istanbul-lib-instrument';
import { onRequire } from './on-require.ts';

const cache = process.env.ISTANBUL_CACHE ?? '';
mkdirSync(cache, { recursive: true });

onRequire(({ text, path, isModule }) => {
  const kept = join(cache, `${createHash('sha256').update(path).update(text).digest('hex')}.cjs`);
  if (existsSync(kept)) return readFileSync(kept, 'utf8');
  const code = createInstrumenter({ esModules: isModule, compact: false }).instrumentSync(text, path);
  writeFileSync(`${kept}.${process.pid}`, code);
  renameSync(`${kept}.${process.pid}`, kept);
  return code;
});
