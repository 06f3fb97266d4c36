/**
 * One look at a text that tells of most that nothing in it can be secret, so that neither patterns nor decodings are
 * tried: a native pass of some tens of nanoseconds instead of microseconds. It may say yes for nothing, and never no where
 * a pattern of `patterns.ts`, a named value or an encoding could be: `pre-filter.test.ts` holds it against all of them.
 */
const anyCase = (word: string): string =>
  word.replace(/[a-z]/gi, (letter) => `[${letter.toUpperCase()}${letter.toLowerCase()}]`);

/** Before a secret, with white space between: `authorization` of the patterns. */
const schemes = ['bearer', 'basic', 'digest', 'token', 'apikey', 'negotiate', 'ntlm', 'bot', 'auth='].map(anyCase);

const suspicious = new RegExp(
  [
    // A named value, an address, an encoding: `a=b`, `"a": "b"`, `u:p@host`, `%3D`, `\u0061`, `&quot;`.
    '[=:@%&\\\\]',
    // Keys, tokens, links, and what may be base64.
    '[A-Za-z0-9+/_.~-]{12}',
    `(?:${schemes.join('|')})\\s`,
    'PRIVATE KEY',
    // Numbers of cards, of accounts, of social security.
    '\\d(?:[ -]?\\d){12}',
    '[A-Z]{2}\\d{2} ?[A-Z0-9]{4}',
    '\\d{3}-\\d\\d-\\d{4}',
  ].join('|'),
);

export const mayHoldSecret = (text: string): boolean => suspicious.test(text);
