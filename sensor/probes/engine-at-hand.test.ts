import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineCode } from './engine/engine-code.ts';
import type { ProbesOrder } from './engine/messages.ts';
import type { ProbeRunner } from './engine/runner.ts';
import { EngineAtHand } from './engine-at-hand.ts';

/** As much of the engine as tells what it was given. */
const part = `const { basename } = require('node:path');
const { value } = require('./values.cjs');
exports.ProbeRunner = class {
  from = basename(__filename);
  value = value;
  taken = [];
  take(orders) { this.taken.push(...orders); }
  end() { this.ended = true; }
};
`;
const place = { do: 'place', probe: {}, secretNames: [] } as unknown as ProbesOrder;
const withdraw: ProbesOrder = { do: 'withdraw', id: 'p-1' };

describe('the engine of probes comes into the service’s thread', () => {
  let folder: string;
  let file: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'runlens-engine-'));
    file = join(folder, 'probes.cjs');
    writeFileSync(file, part);
    writeFileSync(join(folder, 'values.cjs'), 'exports.value = 7;');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  class Thread {
    readonly turns: (() => void)[] = [];
    runner:
      | (ProbeRunner & {
          readonly from: string;
          readonly value: number;
          readonly taken: ProbesOrder[];
          readonly ended?: true;
        })
      | undefined;
    loads = 0;
    failed = 0;
    readonly engine = new EngineAtHand({
      make: ({ ProbeRunner: Runner }) => {
        this.runner = new Runner({} as never) as never;
        return new Proxy(this.runner as ProbeRunner, {});
      },
      load: () => {
        this.loads += 1;
        const module = { exports: {} };
        new Function('exports', 'require', '__filename', part)(module.exports, require, 'as-it-is');
        return module.exports as never;
      },
      setImmediate: ((run: () => void) => this.turns.push(run)) as never,
      guarded: (work) => {
        this.failed += 1;
        work();
      },
    });

    /** Lets all turns pass; how many there were. */
    pass(): number {
      let passed = 0;
      for (let turn = this.turns.shift(); turn; turn = this.turns.shift()) {
        turn();
        passed += 1;
      }
      return passed;
    }
  }
  const require = (name: string) => (name === './values.cjs' ? { value: 1 } : process.getBuiltinModule(name));

  it('in steps, from what another thread has compiled, and has then all that was ordered meanwhile, in order', () => {
    const thread = new Thread();
    thread.engine.load(engineCode(folder, ['values.cjs', 'probes.cjs']));
    thread.engine.take([place]);
    thread.engine.take([withdraw]);
    expect(thread.runner).toBeUndefined();
    expect(thread.pass()).toBe(6);
    expect(thread.runner).toMatchObject({ from: 'probes.cjs', value: 7, taken: [place, withdraw] });
    expect(thread.loads).toBe(0);
    thread.engine.take([withdraw]);
    thread.engine.end();
    expect(thread.runner).toMatchObject({ taken: [place, withdraw, withdraw], ended: true });
  });

  it('also where V8 does not take the code', () => {
    const thread = new Thread();
    const code = engineCode(folder, ['values.cjs', 'probes.cjs']);
    thread.engine.load(code.map((each) => ({ ...each, compiled: new Uint8Array(64) })));
    thread.engine.take([place]);
    thread.pass();
    expect(thread.runner).toMatchObject({ from: 'probes.cjs', taken: [place] });
  });

  it('from its file where the text cannot be run, and where none came', () => {
    const broken = new Thread();
    broken.engine.load([{ text: '(function () { throw new Error("no"); })', file, compiled: new Uint8Array(0) }]);
    broken.engine.take([place]);
    broken.pass();
    expect(broken.runner).toMatchObject({ from: 'as-it-is', taken: [place] });
    expect(broken.failed).toBe(1);

    const alone = new Thread();
    alone.engine.take([place]);
    expect(alone.runner).toMatchObject({ from: 'as-it-is', taken: [place] });
  });

  it('not to withdraw what never was there', () => {
    const thread = new Thread();
    thread.engine.take([withdraw, { do: 'close' }]);
    thread.engine.end();
    thread.pass();
    expect(thread.loads).toBe(0);
  });
});
