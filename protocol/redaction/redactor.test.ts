import { describe, expect, it } from 'vitest';
import { isSecretName } from './names.ts';
import { Redactor, redactedMark } from './redactor.ts';

/** Drawn anew from one seed, so that each run has the same. */
function generator(seed: number) {
  let state = seed;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const whole = (below: number) => Math.floor(next() * below);
  const of = <T>(list: readonly T[]): T => {
    const found = list[whole(list.length)];
    if (found === undefined) throw new Error('an empty list');
    return found;
  };
  const text = (characters: string, length: number) => Array.from({ length }, () => of([...characters])).join('');
  return { whole, of, text };
}

const lower = 'abcdefghijklmnopqrstuvwxyz';
const digits = '0123456789';
const hex = '0123456789abcdef';
const base62 = lower + lower.toUpperCase() + digits;
const redactor = new Redactor();

const withCheckDigit = (body: string): string => {
  for (const last of digits) {
    let sum = 0;
    const all = body + last;
    for (let at = 0; at < all.length; at += 1) {
      let digit = Number(all[all.length - 1 - at]);
      if (at % 2 === 1) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
      sum += digit;
    }
    if (sum % 10 === 0) return all;
  }
  throw new Error('no check digit');
};

/** Secret by their form: no name is needed beside them. */
function formSecrets(): readonly string[] {
  const { text, of } = generator(7);
  const base64url = `${base62}_-`;
  const jwt = () => `eyJ${text(base64url, 30)}.eyJ${text(base64url, 60)}.${text(base64url, 43)}`;
  const card = () => withCheckDigit(of(['4', '51', '55', '2720', '6011']).padEnd(1) + text(digits, 15)).slice(0, 16);
  const visa = () => withCheckDigit(`4${text(digits, 14)}`);
  const made: string[] = [];
  for (let turn = 0; turn < 4; turn += 1) {
    made.push(
      jwt(),
      visa(),
      visa().replace(/(\d{4})(?=\d)/g, '$1 '),
      visa().replace(/(\d{4})(?=\d)/g, '$1-'),
      withCheckDigit(`37${text(digits, 12)}`),
      `ghp_${text(base62, 36)}`,
      `github_pat_${text(base62, 40)}`,
      `glpat-${text(base62, 20)}`,
      `xoxb-${text(digits, 11)}-${text(digits, 12)}-${text(base62, 24)}`,
      `sk_live_${text(base62, 24)}`,
      `sk-ant-api03-${text(base62, 60)}`,
      `sk-proj-${text(base62, 48)}`,
      `AKIA${text('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)}`,
      text(`${base62}+/`, 40),
      `AIza${text(base62, 35)}`,
      `npm_${text(base62, 36)}`,
      `SG.${text(base62, 22)}.${text(base62, 43)}`,
      `${text(lower, 6)}.${text(lower, 8)}@${text(lower, 7)}.${of(['com', 'co.uk', 'de', 'museum'])}`,
      `-----BEGIN RSA PRIVATE KEY-----\n${text(base62, 64)}\n${text(base62, 64)}\n-----END RSA PRIVATE KEY-----`,
      `postgres://app:${text(base62, 12)}@db.internal:5432/shop`,
      `redis://:${text(base62, 16)}@cache:6379`,
      `mongodb+srv://root:${text(lower, 9)}@cluster0.example.net/test`,
      `https://hooks.slack.com/services/T${text(digits, 8)}/B${text(digits, 8)}/${text(base62, 24)}`,
      `Server=db;Database=shop;User Id=sa;Password=${text(base62, 10)};`,
      `DefaultEndpointsProtocol=https;AccountName=x;AccountKey=${text(base62, 86)}==`,
    );
    card();
  }
  made.push(
    'GB82 WEST 1234 5698 7654 32',
    'DE89370400440532013000',
    'FR1420041010050500013M02606',
    'NL91ABNA0417164300',
  );
  made.push('219-09-9999', '078-05-1120');
  return made;
}

/** What of a secret must never be seen: with a URL or a connection string, only its password. */
function core(secret: string): string {
  const inUrl = /:\/\/[^@]*:([^@]+)@/.exec(secret)?.[1];
  const webhook = /\/B\d+\/(\w+)$/.exec(secret)?.[1];
  const pair = /(?:Password|AccountKey)=([^;]+)/.exec(secret)?.[1];
  return inUrl ?? webhook ?? pair ?? secret;
}

const wrappings: Readonly<Record<string, (secret: string) => string>> = {
  alone: (secret) => secret,
  'in a sentence': (secret) => `the value was ${secret} and then it failed`,
  'in quotes': (secret) => `got "${secret}" instead`,
  'in JSON': (secret) => JSON.stringify({ id: 5, note: secret }),
  'in JSON in JSON': (secret) => JSON.stringify({ body: JSON.stringify({ note: secret }) }),
  'in a query': (secret) => `https://example.com/a?x=1&note=${encodeURIComponent(secret)}&y=2`,
  'in a header': (secret) => `GET / HTTP/1.1\r\nX-Note: ${secret}\r\n`,
  'in base64': (secret) => Buffer.from(`note: ${secret}`).toString('base64'),
};

describe('secrets by their form', () => {
  const secrets = formSecrets();
  for (const [name, wrap] of Object.entries(wrappings)) {
    it(`are hidden ${name} (${secrets.length})`, () => {
      const seen = secrets.filter((secret) => {
        const wrapped = wrap(secret);
        const { text, redacted } = redactor.text(wrapped);
        return redacted === 0 || text.includes(core(secret)) || text.includes(encodeURIComponent(core(secret)));
      });
      expect(seen).toEqual([]);
    });
  }

  it('in a number', () => {
    expect(redactor.hidesNumber(4_111_111_111_111_111)).toBe(true);
    expect(redactor.hidesNumber(1_763_750_000_000)).toBe(false);
  });
});

const secretNames =
  `password Password PASSWORD userPassword user_password db-password DB_PASSWORD passwd pwd passphrase secret
  clientSecret client_secret CLIENT_SECRET secretKey apiKey api_key X-Api-Key apikey API_KEY accessKey access_key_id privateKey
  private_key accessToken access_token refreshToken refresh_token idToken token authToken auth_token csrfToken _csrf xsrf-token
  authorization Authorization proxy-authorization cookie Cookie set-cookie Set-Cookie session_id sessionId sid connect.sid
  credentials credential awsSecretAccessKey AWS_SECRET_ACCESS_KEY stripeSecretKey STRIPE_API_KEY jwt JWT bearer otp totp mfaCode
  pin #pin cardNumber card_number creditCard cvv cvc ssn socialSecurity socialSecurityNumber iban accountNumber routingNumber
  encryptionKey signingKey signing_secret webhookSecret mnemonic seedPhrase recoveryCodes connectionString dsn smtpPass auth
  passwordHash password_hash salt userpassword stripeapikey resetToken oneTimePasscode verificationCode licenseKey deployKey
  sshPrivateKey bankAccount taxId passportNumber __token__ $secret headers.authorization config.db.password`.split(
    /\s+/,
  );

describe('secrets by their name', () => {
  it.each(secretNames)('%s', (name) => {
    expect(isSecretName(name.slice(name.lastIndexOf('.') + 1) || name, 'text')).toBe(true);
  });

  const { text } = generator(11);
  const lines: Readonly<Record<string, (name: string, value: string) => string>> = {
    'an assignment': (name, value) => `${name}=${value}`,
    'a header': (name, value) => `${name}: ${value}`,
    JSON: (name, value) => JSON.stringify({ a: 1, [name]: value }),
    'JSON in JSON': (name, value) => JSON.stringify({ body: JSON.stringify({ [name]: value }) }),
    'a query': (name, value) => `/login?a=1&${name}=${value}&b=2`,
    'an encoded query': (name, value) => encodeURIComponent(`a=1&${name}=${value}`),
    inspected: (name, value) => `{ a: 1, '${name}': '${value}' }`,
    base64: (name, value) => Buffer.from(`${name}=${value}`).toString('base64'),
  };
  const plain = secretNames.filter((name) => /^[\w-]+$/.test(name));
  for (const [kind, line] of Object.entries(lines)) {
    it(`in a text: ${kind} (${plain.length})`, () => {
      const seen = plain.filter((name) => {
        const value = `hunter${text(digits, 3)}zoo`;
        const given = line(name, value);
        const hidden = redactor.text(given);
        return hidden.redacted === 0 || hidden.text.includes(value);
      });
      expect(seen).toEqual([]);
    });
  }

  it('the whole of a cookie header', () => {
    expect(redactor.text('Cookie: a=1; theme=dark; id=x\nHost: y').text).toBe(`Cookie: ${redactedMark}\nHost: y`);
  });
});

/** What looks like a secret and is none. */
function harmless(): readonly string[] {
  const { text, of, whole } = generator(23);
  const word = () =>
    of(
      'order item price cart customer invoice payment gateway shelf search token secretary password cookie key session'.split(
        ' ',
      ),
    );
  const camel = () =>
    Array.from({ length: 4 }, word)
      .map((each, at) => (at === 0 ? each : each[0]?.toUpperCase() + each.slice(1)))
      .join('');
  const made: string[] = [];
  for (let turn = 0; turn < 60; turn += 1) {
    const uuid = `${text(hex, 8)}-${text(hex, 4)}-4${text(hex, 3)}-a${text(hex, 3)}-${text(hex, 12)}`;
    made.push(
      uuid,
      text(hex, 40),
      text(hex, 64),
      text(hex, 24),
      text(hex, 7),
      `sha512-${text(`${base62}+/`, 86)}==`,
      `${word()}@${whole(20)}.${whole(30)}.${whole(9)}`,
      `@scope/${word()}@${whole(9)}.0.0-rc.${whole(9)}`,
      `${1_700_000_000_000 + whole(1e11)}`,
      `${whole(1e9)}`,
      new Date(1.7e12 + whole(1e11)).toISOString(),
      `192.168.${whole(255)}.${whole(255)}:${whole(65_000)}`,
      `${whole(90)}.${text(digits, 6)}, ${whole(180)}.${text(digits, 6)}`,
      `src/${word()}/${camel()}${whole(9)}/${camel()}.tsx:${whole(900)}:${whole(80)}`,
      `    at ${camel()} (file:///app/src/${word()}.ts:${whole(900)}:${whole(80)})`,
      `https://example.com/${word()}/${whole(1e6)}?page=${whole(9)}&sort=${word()}&limit=${whole(100)}`,
      `SELECT ${word()}, ${word()} FROM ${word()}s WHERE id = $1 AND ${word()}_id = $2`,
      `the ${word()} ${word()} is required and must be valid`,
      `password: required`,
      `Token authentication is not supported for ${word()}s`,
      `basic plan, bearer of news, digest of the week`,
      camel() + camel(),
      `${camel()}_${camel()}_${whole(99)}`,
      `W/"${text(hex, 8)}-${text(base62, 8)}"`,
      `logo@${of(['2', '3'])}x.png`,
      `git@github.com:${word()}/${word()}.git`,
      `rgba(${whole(255)}, ${whole(255)}, ${whole(255)}, 0.${whole(9)})`,
      `+44 20 7946 0${whole(9)}${whole(9)}${whole(9)}`,
      `{"${word()}Id":${whole(1e6)},"tokens":${whole(4000)},"maxTokens":${whole(4000)},"hasPassword":true}`,
      `tokenCount=${whole(500)}&passwordPolicy=strict&cookieConsent=yes`,
      `${text(digits, 10)}`,
      `01${text('ABCDEFGHJKMNPQRSTVWXYZ', 12)}${text(digits, 4)}${text('ABCDEFGHJKMNPQRSTVWXYZ', 8)}`,
      `application/vnd.${word()}.${word()}+json; charset=utf-8`,
      `v${whole(20)}.${whole(20)}.${whole(20)}-${word()}.${whole(9)}`,
      `${whole(9)}${text(digits, 2)}-${text(digits, 3)}-${text(digits, 4)}`.slice(1),
      `cache key ${word()}:${whole(1e6)}:${word()}`,
    );
  }
  return made;
}

describe('what only looks like a secret', () => {
  it('is shown but for less than one in a hundred', () => {
    const given = harmless();
    const hidden = given.filter((text) => redactor.text(text).redacted > 0);
    expect(given.length).toBeGreaterThan(2000);
    expect(hidden.length, hidden.slice(0, 30).join('\n')).toBeLessThan(given.length / 100);
  });

  it.each([
    ['secretary', 'text'],
    ['pinned', 'text'],
    ['spinner', 'text'],
    ['author', 'text'],
    ['primaryKey', 'text'],
    ['publicKey', 'text'],
    ['cacheKey', 'text'],
    ['key', 'text'],
    ['keyboard', 'text'],
    ['compass', 'text'],
    ['passenger', 'text'],
    ['tokenCount', 'number'],
    ['tokens', 'number'],
    ['maxTokens', 'number'],
    ['hasPassword', 'flag'],
    ['passwordPolicy', 'text'],
    ['cookieConsent', 'text'],
    ['tokenType', 'text'],
    ['cardType', 'text'],
    ['session', 'object'],
    ['assignature', 'text'],
    ['sidebar', 'text'],
    ['considered', 'text'],
    ['accountName', 'text'],
    ['statusCode', 'number'],
    ['errorCode', 'text'],
    ['zip', 'text'],
    ['shipping', 'text'],
    ['company', 'text'],
    ['expand', 'text'],
  ] as const)('the name %s', (name, type) => {
    expect(isSecretName(name, type)).toBe(false);
  });
});

it.each([
  'https://db/x?token=hunter2abc',
  'see=a?token=hunter2abc',
  'url: https://db/x?token=hunter2abc',
  'postgres://u:hunter2@db/x?token=hunter2abc',
  '{"url":"https://x/?api_key=hunter2abc"}',
  'msg="login failed, token=hunter2abc" level=info',
  'config:auth:token=hunter2abc',
  'redirect_uri=https%3A%2F%2Fx%3Ftoken%3Dhunter2abc',
  `${'a:'.repeat(20)}token=hunter2abc`,
])('a secret within the value of another name is hidden: %j', (text) => {
  expect(redactor.text(text).text).not.toContain('hunter2');
});

it.each([
  'token=hunter2abc',
  'password=hunter2 and more',
  'postgres://u:hunter2@db/x?token=hunter2abc',
  '{"apiKey":"hunter2abc","n":1}',
  'Authorization: Bearer hunter2abcdefgh',
  'Cookie: a=hunter2; b=2',
])('what was hidden in %j is not hidden once more', (text) => {
  const hidden = redactor.text(text);
  expect(hidden.redacted).toBeGreaterThan(0);
  expect(redactor.text(hidden.text)).toEqual({ text: hidden.text, redacted: 0 });
});

describe('the quick look at a name', () => {
  it('misses none that its words say to be secret', () => {
    const { of, text } = generator(41);
    const words = 'pass word pin id card no number access key api token auth user x set cookie a1 Ssn PAN otp'.split(
      ' ',
    );
    const never = new Set(['\0']);
    const differ: string[] = [];
    let secrets = 0;
    for (let turn = 0; turn < 20_000; turn += 1) {
      const name = Array.from({ length: 1 + (turn % 4) }, () => {
        const word = of(words);
        return (
          of([word, word.toUpperCase(), `${word[0]?.toUpperCase()}${word.slice(1)}`]) +
          of(['', '', '_', '-', '.', text(lower, 1)])
        );
      }).join('');
      // With a name of the user's it is always cut into words.
      const [one, other] = [isSecretName(name, 'text'), isSecretName(name, 'text', never)];
      if (one !== other) differ.push(name);
      if (other) secrets += 1;
    }
    expect(differ).toEqual([]);
    expect(secrets).toBeGreaterThan(1_000);
  });
});

describe('a list of the user', () => {
  it('adds to the built-in one', () => {
    const own = new Redactor({ names: ['Loyalty-Number'], literals: ['hunter2-literal'] });
    expect(own.hidesName('loyaltyNumber', 'number')).toBe(true);
    expect(own.hidesName('password', 'text')).toBe(true);
    expect(own.text('a hunter2-literal b').text).toBe(`a ${redactedMark} b`);
    expect(own.text('loyalty_number=5').text).toBe(`loyalty_number=${redactedMark}`);
  });
});

describe('hostile text', () => {
  it.each([
    ['many quotes', '"'.repeat(20_000)],
    ['many names', 'password='.repeat(4000)],
    ['many at signs', 'a@'.repeat(20_000)],
    ['many letters', 'A'.repeat(60_000)],
    ['many digits', '4'.repeat(60_000)],
    ['many backslashes', `password${'\\'.repeat(40_000)}"`],
    ['many colons', '://:'.repeat(15_000)],
    ['many spaces', `Bearer${' '.repeat(60_000)}`],
    ['many begins', '-----BEGIN PRIVATE KEY-----'.repeat(2000)],
    ['nested encodings', encodeURIComponent(encodeURIComponent('password=hunter2')).repeat(500)],
  ])('%s is read in bounded steps', (_, text) => {
    // What would be quadratic or worse takes minutes, and the test's own limit ends it.
    expect(redactor.text(text).text.length).toBeLessThanOrEqual(text.length + 60_000 * redactedMark.length);
  });
});
