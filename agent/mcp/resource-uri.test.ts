import { expect, test } from 'vitest';
import { parseUri, type ResourceAddress, uriOf } from './resource-uri.ts';

test.each<ResourceAddress>([
  { kind: 'service', service: 'shop', environment: 'production' },
  { kind: 'service', service: 'a/b c?#%«', environment: 'ü' },
  { kind: 'function', service: 'shop', environment: 'production', file: 'src/a b.ts', function: 'get Cart.total' },
  { kind: 'function', service: 's', environment: 'e', file: 'f.ts', function: 'items.map(#1)/x' },
])('an address is read as it was written: %o', (address) => {
  expect(parseUri(uriOf(address))).toEqual(address);
});

test.each([
  'runlens://',
  'runlens://service/shop',
  'runlens://service/shop/production/more',
  'runlens://service//production',
  'runlens://function/shop/production/a.ts',
  'runlens://function/shop/production/src/a.ts/f',
  'runlens://nothing/shop/production',
  'runlens://service/%E0%A4%A/production',
  'runlens://service/shop/production?x=1',
  'file:///etc/passwd',
  `runlens://service/${'x'.repeat(20_000)}/production`,
  '',
])('anything else is none of ours: %s', (uri) => {
  expect(parseUri(uri)).toBeUndefined();
});
