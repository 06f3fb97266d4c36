import { describe, expect, it } from 'vitest';
import { sourceMapComment, sourceMapOf } from './source-map.ts';

describe('the comment that names a source map', () => {
  it.each([
    ['x\n//# sourceMappingURL=a.js.map', 'a.js.map'],
    ['x\n//# sourceMappingURL=a.js.map\n\n', 'a.js.map'],
    ['x\n//@ sourceMappingURL=a.js.map', 'a.js.map'],
    ['x\n/*# sourceMappingURL=a.map */', 'a.map'],
    ['//# sourceMappingURL=old.map\nx\n//# sourceMappingURL=new.map', 'new.map'],
    ['x //# sourceMappingURL=a.map\n// the end', 'a.map'],
  ])('in %j is %s', (text, url) => {
    expect(sourceMapComment(text)?.url).toBe(url);
  });

  it.each([
    'x',
    'const s = "//# sourceMappingURL=a.map";',
    '//# sourceMappingURL=a.map\nmore();',
    'sourceMappingURL=a.map',
  ])('is not seen in %j', (text) => {
    expect(sourceMapComment(text)).toBeUndefined();
  });
});

describe('a map that cannot be used is told as such', () => {
  const inline = (text: string) =>
    `x\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(text).toString('base64')}`;
  it.each([
    ['missing', 'x\n//# sourceMappingURL=not-there.map'],
    ['elsewhere', 'x\n//# sourceMappingURL=https://maps.example/a.map'],
    ['truncated', inline('{"version":3,"sources":["a.ts"],"mapp')],
    ['no map', inline('[]')],
    ['of another version', inline('{"version":2,"sources":[],"mappings":""}')],
    ['without mappings', inline('{"version":3,"sources":[]}')],
  ])('%s', (_, text) => {
    expect(sourceMapOf('/nowhere/a.js', text)).toMatchObject({ kind: 'broken' });
  });

  it('and one that is fine is read', () => {
    expect(sourceMapOf('/nowhere/a.js', inline('{"version":3,"sources":["a.ts"],"mappings":"AAAA"}'))).toMatchObject({
      kind: 'found',
      map: { sources: ['a.ts'] },
    });
  });
});
