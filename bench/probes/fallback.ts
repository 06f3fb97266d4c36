/**
 * Breakpoints that are set and taken away while V8 optimises the very functions they are in, which is what can take a process
 * down. In processes of their own, as what is looked for is one that ends.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dist } from '../frame/places.ts';

/** With the sensor's own class; `plain`: set as other tools do, to see that this program can bring V8 to abort. */
const program = `const [, , way, seconds, fallback] = process.argv;
const { setFlagsFromString } = require('node:v8');
const inspector = require('node:inspector');
const { Script } = require('node:vm');
setFlagsFromString('--no-sparkplug');
const url = __dirname + '/hot.cjs';
const text = \`({
inner(a, b) {
  const sum = a + b;
  return sum * 2;
},
calls: (inner) => Array.from({ length: 24 }, (_, k) => new Function('inner', 'return function call' + k +
  '(n) { let s = ' + k + '; for (let i = 0; i < n; i += 1) s = (s + inner(i, s)) & 0xffff; return s; }')(inner)),
})\`;
const { inner, calls } = new Script(text, { filename: url }).runInThisContext();
const all = calls(inner);
const turns = 700;
const expected = all.map((one, k) => { let s = k; for (let i = 0; i < turns; i += 1) s = (s + (i + s) * 2) & 0xffff; return s; });
let arms = 0, hits = 0, wrong = 0, badReads = 0;
const stalls = [];
let arm;
if (way === 'plain') {
  const session = new inspector.Session();
  session.connect();
  let scriptId;
  session.on('Debugger.scriptParsed', ({ params }) => { if (params.url.endsWith('/hot.cjs')) scriptId = params.scriptId; });
  session.post('Debugger.enable', { maxScriptsCacheSize: 0 });
  let breakpointId;
  globalThis.$reached = () => {
    hits += 1;
    session.post('Debugger.removeBreakpoint', { breakpointId });
    setTimeout(arm, 20);
    return false;
  };
  arm = () => {
    const from = performance.now();
    session.post('Debugger.setBreakpoint',
      { location: { scriptId, lineNumber: 3, columnNumber: 2 }, condition: '$reached()' },
      (error, set) => { if (error) throw error; breakpointId = set.breakpointId; });
    stalls.push(performance.now() - from);
    arms += 1;
  };
} else {
  const { InspectorGates } = require(fallback);
  const windows = { armed: 60_000, rest: 20, quiet: way === 'without quiet' ? 0 : 80, linger: 60_000 };
  const gates = new InspectorGates({
    inspector, setFlagsFromString, usedHeap: () => 0, longestStop: 10_000, hasOwnFlags: way === 'without quiet',
    setTimeout: (work, wait) => setTimeout(() => { const from = performance.now(); work(); stalls.push(performance.now() - from); }, wait),
    clearTimeout, windows,
  });
  const [{ scriptId }] = gates.seek([url]);
  const slot = 2 ** 29;
  gates.know(slot, { scriptId, line: 3, column: 2, reader: '(n)=>n===0?a:n===1?b:sum', trap: 0 });
  gates.onGate((call, gate, read) => {
    hits += 1;
    if (read(0) + read(1) !== read(2)) badReads += 1;
    gates.close(slot);
    setTimeout(arm, 20);
  });
  arm = () => {
    arms += 1;
    const flags = gates.open(slot, 4);
    if (!flags) { console.error(gates.problemOf(slot)); process.exit(3); }
    flags[3] = 1;
  };
}
arm();
const end = performance.now() + seconds * 1000;
(function turn() {
  for (let round = 0; round < 10; round += 1) all.forEach((one, k) => { if (one(turns) !== expected[k]) wrong += 1; });
  if (performance.now() < end) { setImmediate(turn); return; }
  stalls.sort((one, other) => one - other);
  console.log(JSON.stringify({ arms, hits, wrong, badReads, rss: process.memoryUsage.rss() / 2 ** 20,
    p50: stalls[stalls.length >> 1] ?? 0, p95: stalls[Math.floor(stalls.length * 0.95)] ?? 0 }));
  process.exit(0);
})();
`;

export const fallbackWays = ['as it is', 'without quiet', 'plain'] as const;

export interface FallbackStress {
  readonly arms: number;
  readonly hits: number;
  readonly wrong: number;
  readonly badReads: number;
  /** MB. */
  readonly rss: number;
  /** Milliseconds of setting a breakpoint. */
  readonly p50: number;
  readonly p95: number;
}

/** What a process has done; a text: how it ended before. */
export async function stressFallback(
  node: string,
  way: (typeof fallbackWays)[number],
  seconds: number,
): Promise<FallbackStress | string> {
  const folder = mkdtempSync(join(tmpdir(), 'runlens-bench-fallback-'));
  const file = join(folder, 'program.cjs');
  writeFileSync(file, program);
  try {
    const child = spawn(node, [file, way, String(seconds), join(dist, 'sensor', 'probes-fallback.cjs')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: seconds * 5_000 + 60_000,
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (data) => {
      output += data;
    });
    child.stderr.on('data', (data) => {
      errors = (errors + data).slice(0, 4_000);
    });
    const ended = await new Promise<string>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(signal ?? String(code)));
    });
    if (ended === '0') return JSON.parse(output) as FallbackStress;
    return `${ended}: ${/Check failed[^\n]*/.exec(errors)?.[0] ?? errors.trim().slice(0, 200)}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
