import { expect, test } from 'vitest';
import { errorType } from './error-type.ts';

class PaymentDeclined extends Error {}
const plain = (own: object) => Object.assign(new Error('x'), own);

test.each([
  [new PaymentDeclined('x'), 'PaymentDeclined'],
  [plain({ name: 'Timeout' }), 'Timeout'],
  [plain({ code: 'ENOENT' }), 'ENOENT'],
  [plain({ code: 'ERR_HTTP2_STREAM_ERROR' }), 'ERR_HTTP2_STREAM_ERROR'],
  [plain({ code: 'P2002' }), 'P2002'],
  [plain({ code: 'UND_ERR_CONNECT_TIMEOUT' }), 'UND_ERR_CONNECT_TIMEOUT'],
  // What is neither a name nor a code of a program may be anything.
  [plain({ code: 'AKIAIOSFODNN7EXAMPLE' }), 'Error'],
  [plain({ code: 'JBSWY3DPEHPK3PXP' }), 'Error'],
  [plain({ code: '4111111111111111' }), 'Error'],
  [plain({ name: 'alice@example.com' }), 'Error'],
  [plain({ name: 'of the customer Alice' }), 'Error'],
  [plain({ name: '' }), 'Error'],
  [{ message: 'x' }, 'Object'],
  ['text', 'string'],
  [null, 'null'],
  [undefined, 'undefined'],
] as const)('%o is told as %s', (thrown, type) => {
  expect(errorType(thrown)).toBe(type);
});
