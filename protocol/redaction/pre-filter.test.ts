import { describe, expect, it } from 'vitest';
import { secretPatterns } from './patterns.ts';
import { mayHoldSecret } from './pre-filter.ts';
import { Redactor } from './redactor.ts';

const filtered = new Redactor();
/** With a text of the owner's own every pattern is tried. */
const thorough = new Redactor({ literals: ['\0never there\0'] });

/** Drawn anew from one seed, so that each run has the same. */
function drawn(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.floor(((state >>> 0) / 2 ** 32) * below);
  };
}

/** Parts of what secrets are made of, and of what stands around them. */
const parts = [
  ...[
    '4111',
    '1111',
    '1111 ',
    '-11',
    '5500 ',
    '0',
    '12',
    '078-05-1120',
    '219-09',
    '-9999',
    'GB82',
    ' WEST',
    ' 1234',
    'DE89',
    '3704',
  ],
  ...['Bearer', 'bearer ', 'BASIC', ' abc123', 'Token\t', 'NTLM ', 'GoogleLogin auth=', 'bot ', 'a1b2c3', 'Zz9'],
  ...[
    '-----BEGIN ',
    'RSA ',
    'PRIVATE KEY',
    '-----',
    'eyJ',
    'ghp_',
    'sk_live_',
    'AKIA',
    'SG.',
    'xoxb-',
    'hooks.slack.com/services/',
  ],
  ...[
    'password',
    'token',
    'api-key',
    'pin',
    '=',
    ':',
    '"',
    "'",
    '{',
    ', ',
    ' ',
    '\n',
    'u:p@h',
    '://',
    '%3D',
    '%41',
    '\\u0061',
    '&quot;',
  ],
  ...['aGVsbG8', 'cGFzc3dvcmQ9', 'd29ybGQ', 'Ann', 'Utrecht', 'sku-7', '.', '/', '@x.de', 'ä', '😀', 'K'],
];

describe('the look before the patterns', () => {
  it('hides what is hidden without it, in texts made of the parts of secrets', () => {
    const below = drawn(31);
    const differ: string[] = [];
    let passed = 0;
    for (let turn = 0; turn < 40_000; turn += 1) {
      const text = Array.from({ length: 1 + below(6) }, () => parts[below(parts.length)]).join('');
      if (!mayHoldSecret(text)) passed += 1;
      const [one, other] = [filtered.text(text), thorough.text(text)];
      if (one.text !== other.text || one.redacted !== other.redacted) differ.push(text);
    }
    expect(differ).toEqual([]);
    // Else nothing was looked at.
    expect(passed).toBeGreaterThan(1_000);
  });

  it('lets no text by that one of the patterns takes', () => {
    const below = drawn(77);
    const alphabet = 'aZ09 -_./+~:=@kK\n';
    const missed: string[] = [];
    for (let turn = 0; turn < 60_000; turn += 1) {
      const text = Array.from({ length: 4 + below(30) }, () => alphabet[below(alphabet.length)]).join('');
      if (mayHoldSecret(text)) continue;
      if (secretPatterns.some(({ pattern }) => text.search(pattern()) >= 0)) missed.push(text);
    }
    expect(missed).toEqual([]);
  });

  it.each(['Ann Smith', 'o-1017', 'the customer paid nothing', 'Utrecht', '2026-01-02', '10.5', 'b2b', 'priceLine'])(
    'lets %s by',
    (text) => {
      expect(mayHoldSecret(text)).toBe(false);
    },
  );
});
