import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ImageError } from '../errors.ts';
import { guardedPath } from './path-guard.ts';

describe('guardedPath()', () => {
  it.each([
    ['a/b', 'a/b'],
    ['./a/./b//c/', 'a/b/c'],
    ['./', ''],
    ['.', ''],
    ['..a/b..', '..a/b..'],
    ['a\\..\\b', 'a\\..\\b'],
    ['a\nb', 'a\nb'],
  ])('reads %j as %j', (name, place) => {
    expect(guardedPath(name)).toBe(place);
  });

  it.each([
    ['', 'empty'],
    ['/etc/x', 'absolute'],
    ['../../etc/x', 'leads outside'],
    ['a/../b', 'leads outside'],
    ['..', 'leads outside'],
    ['a\0b', 'NUL'],
    ['caf\ufffd', 'not UTF-8'],
    ['x'.repeat(256), 'longer than 255 bytes'],
    ['é'.repeat(128), 'longer than 255 bytes'],
    ['x/'.repeat(1025), 'longer than 2048'],
  ])('refuses %j', (name, why) => {
    expect(() => guardedPath(name)).toThrow(why);
  });

  it('never gives a path that is outside of what it is joined to', () => {
    const parts = fc.array(fc.constantFrom('..', '.', '', 'a', 'b c', '...', '\0', '\\', '~'), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          parts.map((list) => list.join('/')),
        ),
        (name) => {
          try {
            const joined = path.join('/srv/root', guardedPath(name));
            expect(`${joined}/`.startsWith('/srv/root/')).toBe(true);
            expect(joined.includes('\0')).toBe(false);
          } catch (error) {
            expect(error).toBeInstanceOf(ImageError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
