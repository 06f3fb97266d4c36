/** Code that many people run, with a probe on each of its lines. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { defaultCaptureLimits } from '@runlens/protocol/probes/limits';
import type { ArmedProbe } from '@runlens/protocol/probes/messages';
import { Redactor } from '@runlens/protocol/redaction/redactor';
import { describe, expect, it } from 'vitest';
import { PlannedFile } from '../../load/planned-file.ts';
import { createRuntime } from '../../runtime/runtime.ts';
import { templateArguments } from '../../runtime/template-arguments.ts';
import { globalNames } from '../../transform/emitted.ts';
import { PackedPlan, packPlan } from '../../transform/packed-plan.ts';
import { planTransform } from '../../transform/plan.ts';
import { Gates } from '../gates.ts';
import type { ProbesOrder, Tally } from './messages.ts';
import { prepare } from './prepare.ts';
import { ProbeRunner } from './runner.ts';

const path = createRequire(import.meta.url).resolve('acorn');
const text = readFileSync(path, 'utf8');
const lines = text.split('\n').length;

type Parse = (source: string, options: object) => unknown;

/** The parser, and what its lines have told. */
function probed(kinds: readonly ('counter' | 'snapshot' | 'log' | 'timer')[]) {
  const runtime = createRuntime();
  const plan = planTransform(text, 'commonjs', 'javascript');
  const packed = new PackedPlan(packPlan({ plan, language: 'javascript', unreadable: undefined }));
  const firstSlot = runtime.reserve(plan.functions.length) ?? 0;
  const gates = new Gates({ root: dirname(path), isFirstParty: () => true });
  gates.add(new PlannedFile(path, '', { plan: packed }, firstSlot));
  const tallies = new Map<string, Tally>();
  const refused = new Map<number, string>();
  let hits = 0;
  let at = 0;
  const runner = new ProbeRunner({
    runtime,
    post: (news) => {
      hits += news.hits.length + news.lines.length;
      for (const tally of structuredClone(news).tallies) tallies.set(tally.probe, tally);
    },
    request: () => undefined,
    ownFolder: join(dirname(path), 'nothing-of-it'),
    secretNames: [],
    rules: undefined,
    // Time goes on by looks at the clock, so that it is the same on each machine.
    now: () => {
      at += 0.001;
      return at;
    },
    wallNow: () => at,
    timers: globalThis,
    share: 1e9,
    isRehearsal: true,
  });
  const orders: ProbesOrder[] = [];
  for (let line = 1; line <= lines; line += 1) {
    const kind = kinds[line % kinds.length] ?? 'counter';
    const armed: ArmedProbe = {
      id: `p-${line}`,
      request: {
        kind,
        place: { file: 'acorn.js', line, at: 'line' },
        target: { service: 'parser' },
        ...(kind === 'log' ? { message: 'at {this}' } : {}),
      },
      capture: { ...defaultCaptureLimits, milliseconds: 1e6 },
      hits: null,
      rate: kind === 'snapshot' || kind === 'log' ? 1 : null,
      expiresAt: new Date(8e12).toISOString(),
      paused: false,
    };
    const prepared = prepare(armed, {
      locate: (file, wanted) => gates.locate(file, wanted),
      isOfThreads: () => false,
      nameOf: () => undefined,
      blobOf: () => undefined,
      isClosed: () => false,
      redactor: new Redactor(),
    });
    if (prepared.kind === 'refused') refused.set(line, prepared.detail);
    else orders.push({ do: 'place', probe: prepared.probe, secretNames: [] });
  }
  runner.take(orders);
  const { countdown, start, recount, finish, asyncReturn, fail, enter } = runtime.emitted;
  const names = Object.values(globalNames);
  const given = [countdown, start, recount, finish, asyncReturn, fail, enter, templateArguments];
  const module: { exports: Record<string, unknown> } = { exports: {} };
  const load = new Function(...names, 'exports', 'module', packed.render(text, firstSlot));
  load(...given, module.exports, module);
  const parse = module.exports.parse;
  if (typeof parse !== 'function') throw new Error('there is no parser');
  return {
    // Of acorn's own declaration.
    parse: parse as Parse,
    placed: orders.length,
    refused,
    end: () => {
      runner.end();
      runner.take([{ do: 'close' }]);
    },
    tallies,
    hits: () => hits,
  };
}

const program = readFileSync(createRequire(import.meta.url).resolve('@jridgewell/sourcemap-codec'), 'utf8');
/** A difference of megabytes says less than that there is one. */
const tree = (parse: Parse): string =>
  createHash('sha256')
    .update(JSON.stringify(parse(program, { ecmaVersion: 'latest', sourceType: 'script' })))
    .digest('hex');
const plain = createRequire(import.meta.url)('acorn').parse as Parse;

describe('a probe on each line of a parser of six thousand', () => {
  it.each([
    ['counters', ['counter']],
    ['counters, timers, logs and snapshots', ['counter', 'timer', 'log', 'snapshot']],
  ] as const)('%s: is placed or refused with a reason, and what is parsed is the same', (_title, kinds) => {
    const all = probed(kinds);
    expect(all.placed).toBeGreaterThan(lines * 0.5);
    for (const [line, reason] of all.refused) expect(reason, `line ${line}`).toMatch(/\w.*[.:]/);
    expect(all.placed + all.refused.size).toBe(lines);
    expect(tree(all.parse)).toBe(tree(plain));
    all.end();
    const told = [...all.tallies.values()];
    expect(told.filter(({ reached }) => reached > 0).length).toBeGreaterThan(500);
    expect(told.filter(({ failures }) => failures > 0)).toEqual([]);
    if (kinds.length > 1) expect(all.hits()).toBeGreaterThan(20);
    // Nothing is left open.
    expect(tree(all.parse)).toBe(tree(plain));
  });
});
