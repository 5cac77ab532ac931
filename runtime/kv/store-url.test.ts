import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStoreUrl, storeName } from './store-url.ts';

describe('parseStoreUrl()', () => {
  it('reads memory, files and Redis', () => {
    expect(parseStoreUrl('memory:')).toEqual({ kind: 'memory' });
    for (const [url, path] of [
      ['file:/data/kv.db', '/data/kv.db'],
      ['file:///data/kv.db', '/data/kv.db'],
      ['file:kv.db', 'kv.db'],
    ] as const) {
      expect(parseStoreUrl(url)).toEqual({ kind: 'file', path });
    }
    expect(parseStoreUrl('rediss://user:p%40ss@[::1]:6380/2?prefix=shop&ca=/etc/ca.pem')).toEqual({
      kind: 'redis',
      host: '::1',
      port: 6380,
      database: 2,
      username: 'user',
      password: 'p@ss',
      tls: true,
      ca: '/etc/ca.pem',
      prefix: 'shop',
    });
    expect(parseStoreUrl('redis://cache?prefix=a')).toMatchObject({ host: 'cache', port: 6379, database: 0 });
  });

  it.each([
    ['redis://cache', 'a prefix is needed'],
    ['redis://cache?prefix=a:b', 'a prefix is made of'],
    ['redis://cache?prefix=a&db=1', '"db" is no known parameter'],
    ['redis://cache/x?prefix=a', 'its path must be a database number'],
    ['redis://cache?prefix=a&ca=/x', '"ca" is for rediss://'],
    ['redis://u:%zz@cache?prefix=a', 'not percent-encoded'],
    ['file:', 'the path of a file is needed'],
    ['file:/data/', 'the path of a file is needed'],
    ['file://host/kv.db', 'the path of a file is needed'],
    ['http://cache', 'expected memory:, file:PATH or redis://'],
    ['', 'expected memory:, file:PATH or redis://'],
  ])('refuses %j: %s', (url, reason) => {
    expect(() => parseStoreUrl(url)).toThrow(reason);
  });

  it('repeats no password, whatever is wrong with the URL', () => {
    const broken = fc.constantFrom('', '/x', '?prefix=', '?x=1', ':port', '/0?prefix=a&ca=b');
    fc.assert(
      fc.property(fc.constantFrom('redis', 'rediss', 'http', 'file'), broken, (scheme, rest) => {
        const url = `${scheme}://user:s3cr3t@host${rest}`;
        try {
          const target = parseStoreUrl(url);
          if (target.kind === 'redis') expect(storeName(target)).not.toContain('s3cr3t');
        } catch (error) {
          expect(String(error)).not.toContain('s3cr3t');
        }
      }),
    );
  });
});
