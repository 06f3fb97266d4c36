import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { inliningFlags } from './inlining.ts';

describe('the flags of inlining', () => {
  it('are those that the version knows', () => {
    expect(inliningFlags('20.20.2', [])).toHaveLength(1);
    expect(inliningFlags('24.1.0', [])).toHaveLength(2);
  });

  it('are none for a version that was not tried', () => {
    expect(inliningFlags('99.0.0', [])).toEqual([]);
  });

  it('are none where the program was started with limits of its own', () => {
    expect(inliningFlags('24.1.0', ['--max-inlined-bytecode-size=100'])).toEqual([]);
    expect(inliningFlags('24.1.0', ['', '--x --max_maglev_inlined_bytecode_size_small=9'])).toEqual([]);
  });

  it('are accepted by the Node that runs this, without a word', () => {
    const flags = inliningFlags(process.versions.node, []);
    const { status, stderr } = spawnSync(process.execPath, [...flags, '-e', '0'], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
