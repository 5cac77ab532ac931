import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskTarget } from './mask.ts';

describe('maskTarget()', () => {
  it.each([
    ['/a/b', '/a/b'],
    ['/login?user=me&token=s3cret', '/login?user=…&token=…'],
    ['/hook?s3cret', '/hook?…'],
    ['/a?', '/a?…'],
    ['/a?b=c?d=e', '/a?b=…'],
    ['http://me:s3cret@host/a?b=c', '/a?b=…'],
    ['s3cret', '…'],
    ['*', '…'],
  ])('shows "%s" as "%s"', (target, shown) => {
    expect(maskTarget(target)).toBe(shown);
  });

  it('never shows a value', () => {
    const value = fc.stringMatching(/^[A-Z]{4,20}$/);
    const name = fc.stringMatching(/^[a-z]{1,8}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (parameters) => {
        const shown = maskTarget(`/path?${parameters.map((pair) => pair.join('=')).join('&')}`);
        expect(shown).not.toMatch(/[A-Z]/);
      }),
    );
  });

  it('stays short', () => {
    expect(maskTarget(`/${'a'.repeat(9_000)}?${'b=c&'.repeat(9_000)}`).length).toBeLessThan(1_000);
  });
});
