import { expect, it } from 'vitest';
import { routeShape } from './route-shape.ts';

it.each([
  ['/', '/'],
  ['', '/'],
  ['/charges', '/charges'],
  ['/charges?card=4242&token=secret', '/charges'],
  ['/charges#secret', '/charges'],
  ['/a;session=secret/b', '/a'],
  ['/v1/users/42/orders', '/v1/users/{id}/orders'],
  ['/users/4f0e8b9a-9a53-4c3b-8e69-0d9a4d2c1d10', '/users/{id}'],
  ['/users/507f1f77bcf86cd799439011/', '/users/{id}/'],
  ['/users/anna@example.com', '/users/{id}'],
  ['/users/anna%40example.com', '/users/{id}'],
  ['/orders/ORD-20260101', '/orders/{id}'],
  ['/keys/AKIAiosfodnn7EXAMPLE', '/keys/{id}'],
  ['/keys/deadbeefdeadbeef', '/keys/{id}'],
  ['/oauth2/token', '/oauth2/token'],
  ['/s3/some-bucket/file.tar.gz', '/s3/some-bucket/file.tar.gz'],
  [`/${'x'.repeat(500)}`, '/{id}'],
  ['/a'.repeat(40), `${'/a'.repeat(12)}/…`],
])('%s → %s', (path, shape) => expect(routeShape(path)).toBe(shape));

it('is never long', () =>
  expect(routeShape(`/${'abcdefghij-abcdefghij/'.repeat(400)}`).length).toBeLessThanOrEqual(256));
