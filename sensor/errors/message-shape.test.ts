import { describe, expect, it } from 'vitest';
import { messageShape } from './message-shape.ts';

/** Messages as they are written by Node, V8, drivers and services, each with its shape. */
const corpus: readonly (readonly [message: string, shape: string])[] = [
  // V8
  ["Cannot read properties of undefined (reading 'ssn')", 'Cannot read properties of undefined (reading {})'],
  ["Cannot set properties of null (setting 'card')", 'Cannot set properties of null (setting {})'],
  ['customer.address.lines is not iterable', '{} is not iterable'],
  ['apiKey_9f8e is not defined', '{} is not defined'],
  ['this.repository.findAll is not a function', '{} is not a function'],
  ['Assignment to constant variable.', 'Assignment to constant variable.'],
  ['Maximum call stack size exceeded', 'Maximum call stack size exceeded'],
  ['Invalid array length', 'Invalid array length'],
  ['Unexpected token \'h\', "hunter2 is my password" is not valid JSON', 'Unexpected token {}, {} is not valid JSON'],
  [
    'Unexpected token \'s\', "{"pin": "my secret word is open"}"... is not valid JSON',
    'Unexpected token {}, {} is not valid JSON',
  ],
  ['Unexpected token h in JSON at position 0', 'Unexpected token {} in JSON at position {n}'],
  [
    "Expected property name or '}' in JSON at position 1 (line 1 column 2)",
    'Expected property name or {} in JSON at position {n} (line {n} column {n})',
  ],
  ['Unexpected end of JSON input', 'Unexpected end of JSON input'],
  [
    "Converting circular structure to JSON\n    --> starting at object with constructor 'Patient'",
    'Converting circular structure to JSON {} starting at object with constructor {}',
  ],
  ['Invalid time value', 'Invalid time value'],
  [
    'Cannot mix BigInt and other types, use explicit conversions',
    'Cannot mix {} and other types, use explicit conversions',
  ],
  // Node
  [
    "ENOENT: no such file or directory, open '/home/alice/My Documents/taxes.pdf'",
    'ENOENT: no such file or directory, open {}',
  ],
  ["EACCES: permission denied, mkdir '/var/lib/secret'", 'EACCES: permission denied, {}'],
  ['connect ECONNREFUSED 10.1.2.3:5432', 'connect ECONNREFUSED {n}'],
  ['connect ECONNREFUSED ::1:6379', 'connect ECONNREFUSED {}'],
  ['getaddrinfo ENOTFOUND db.internal.acme-corp.example', '{} ENOTFOUND {}'],
  ['read ECONNRESET', 'read ECONNRESET'],
  ['socket hang up', 'socket hang up'],
  ['fetch failed', 'fetch failed'],
  ['The operation was aborted due to timeout', 'The operation was aborted due to timeout'],
  [
    'The "path" argument must be of type string. Received undefined',
    'The {} argument must be of type string. Received undefined',
  ],
  [
    "Cannot find module '/srv/app/node_modules/left-pad'\nRequire stack:\n- /srv/app/index.js",
    'Cannot find module {} Require stack: - {}',
  ],
  ['listen EADDRINUSE: address already in use :::8080', 'listen EADDRINUSE: address already in use {}'],
  ['Invalid URL', 'Invalid URL'],
  ['self-signed certificate in certificate chain', 'self-signed certificate in certificate chain'],
  ['[ERR_HTTP_HEADERS_SENT]: Cannot set headers', '{}: Cannot set headers'],
  // Databases
  [
    'duplicate key value violates unique constraint "users_email_key"',
    'duplicate key value violates unique constraint {}',
  ],
  ['relation "patients_2024" does not exist', 'relation {} does not exist'],
  ['password authentication failed for user "postgres"', 'password authentication failed for user {}'],
  ['invalid input syntax for type integer: "4111-1111"', 'invalid input syntax for type integer: {}'],
  ['canceling statement due to statement timeout', 'canceling statement due to statement timeout'],
  ["ER_DUP_ENTRY: Duplicate entry 'alice@example.com' for key 'users.email'", '{}: Duplicate entry {} for key {}'],
  [
    "You have an error in your SQL syntax near 'SELCT * FROM cards' at line 1",
    'You have an error in your SQL syntax near {} at line {n}',
  ],
  ['UNIQUE constraint failed: users.email', 'UNIQUE constraint failed: {}'],
  [
    'E11000 duplicate key error collection: shop.users index: email_1 dup key: { email: "bob@example.com" }',
    '{} duplicate key error collection: {} index: {} key: {}',
  ],
  [
    'WRONGTYPE Operation against a key holding the wrong kind of value',
    '{} Operation against a key holding the wrong kind of value',
  ],
  ['MOVED 3999 127.0.0.1:6381', 'MOVED {n} {n}'],
  // Clients and services
  ['Request failed with status code 404', 'Request failed with status code {n}'],
  ['timeout of 5000ms exceeded', 'timeout of {n} exceeded'],
  ['no such product: 4711', 'no such product: {n}'],
  ['User Alice Smith not found', 'User {} not found'],
  ['user alice.smith@example.com has no permission', 'user {} has no permission'],
  ['order 7f3c2b1a-4d5e-6f70-8192-a3b4c5d6e7f8 is already paid', 'order {} is already paid'],
  ['Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc rejected', '{} rejected'],
  ['could not reach https://user:pw@internal.example/a?token=x', 'could not reach {}'],
  ['login failed, password: open', 'login failed, password: {}'],
  ['invalid token=abc for the request', 'invalid {}'],
  ["it's the customer's fault: can't pay", "it's the {}: can't pay"],
  ['Überraschung im Lager', '{}'],
  ['', ''],
];

describe('messageShape', () => {
  it.each(corpus)('%j', (message, shape) => {
    expect(messageShape(message)).toBe(shape);
  });

  it('leaves nothing of any value, wherever it stands in a message', () => {
    const values = [
      'hunter2',
      's3cr3t',
      'Alice',
      "O'Brien",
      'müller',
      'alice@example.com',
      '4111 1111 1111 1111',
      '078-05-1120',
      '+49 170 1234567',
      'AKIAIOSFODNN7EXAMPLE',
      'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
      'deadbeefcafe',
      '7f3c2b1a-4d5e-6f70-8192-a3b4c5d6e7f8',
      '/etc/shadow',
      'C:\\Users\\bob',
      'https://u:p@h.example/x?y=z',
      'db.internal',
      '10.0.0.7',
      '2001:db8::1',
      'xn--mnchen-3ya',
      'correcthorsebatterystaple',
      'Zanzibar',
      'qwerty',
      'letMeIn',
      'pass_word',
      '<script>',
      '{"a":1}',
      '\u202eevil',
      'x'.repeat(2_000),
    ];
    const around = [
      (value: string) => `failed for ${value}`,
      (value: string) => `${value} is not valid`,
      (value: string) => `cannot read "${value}" of the file`,
      (value: string) => `cannot read '${value}' of the file`,
      (value: string) => `value (${value}), expected string`,
      (value: string) => `key=${value}`,
      (value: string) => `password: ${value}`,
      (value: string) => `a\n${value}\tb`,
    ];
    for (const value of values) {
      // Of several words, or parts, none either.
      const pieces = [value, ...value.split(/[^\p{L}\p{N}]+/u)].filter(
        (piece) => piece.length > 2 && !/^(?:user|users|example|internal|pass|word|script|etc|https)$/i.test(piece),
      );
      for (const put of around) {
        const shape = messageShape(put(value));
        for (const piece of pieces)
          expect(shape.toLowerCase(), put(value).slice(0, 80)).not.toContain(piece.toLowerCase());
      }
    }
  });

  it('has at most 160 characters, and looks at no more than the beginning of a message', () => {
    const shape = messageShape('the request is not valid '.repeat(100_000));
    expect(shape.length).toBeLessThanOrEqual(160);
    expect(shape).toMatch(/ …$/);
  });

  it.each(['"', "'", '`', '{', '[', '<', '(', '\\', '“', ' ', 'a ', '"\\', '["'])(
    'is quick on %j, many times',
    (part) => {
      // A pattern that goes back over the same text again and again would take minutes.
      for (let i = 0; i < 200; i += 1) messageShape(part.repeat(5_000));
    },
  );
});
