import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ImageError } from '../errors.ts';
import { familiarName, fullName, parseReference, repositoryOf, withDefaultTag } from './reference.ts';

const digest = `sha256:${'ab'.repeat(32)}`;

describe('parseReference()', () => {
  it.each([
    ['apps', 'docker.io/library/apps'],
    ['apps:v1', 'docker.io/library/apps:v1'],
    ['me/apps', 'docker.io/me/apps'],
    ['docker.io/apps', 'docker.io/library/apps'],
    ['index.docker.io/me/apps', 'docker.io/me/apps'],
    ['localhost/apps', 'localhost/apps'],
    ['localhost:5000/a/b:1', 'localhost:5000/a/b:1'],
    ['127.0.0.1:5000/a/b', '127.0.0.1:5000/a/b'],
    ['[::1]:5000/a', '[::1]:5000/a'],
    ['Registry/apps', 'Registry/apps'],
    ['ghcr.io/my--org/a__b.c-d/e:X_y.z', 'ghcr.io/my--org/a__b.c-d/e:X_y.z'],
    [`apps@${digest}`, `docker.io/library/apps@${digest}`],
    [`ghcr.io/a/b:1@${digest}`, `ghcr.io/a/b:1@${digest}`],
  ])('reads %s as %s', (text, full) => {
    expect(fullName(parseReference(text))).toBe(full);
  });

  it.each([
    ['', 'empty'],
    [':tag', 'empty'],
    ['a//b', 'empty'],
    ['apps/', 'empty'],
    ['Apps', 'lower case'],
    ['a/B', 'lower case'],
    ['a/../x', '".."'],
    ['-a', '"-a"'],
    ['a___b', '"a___b"'],
    ['apps:', '"" is no tag'],
    ['apps:ta g', '"ta g" is no tag'],
    [`apps:${'t'.repeat(129)}`, 'no tag'],
    ['apps@sha256:zz', 'digest'],
    [`apps@${digest}@${digest}`, 'digest'],
    ['exa_mple.com/apps', 'no registry host'],
    ['example.com:port/apps', 'no registry host'],
    ['ab'.repeat(32), 'an id'],
    [`a/${'b'.repeat(255)}`, 'longer than 255'],
  ])('refuses %j and says why', (text, why) => {
    expect(() => parseReference(text)).toThrow(ImageError);
    expect(() => parseReference(text)).toThrow(why);
  });

  it('gives back what fullName() writes, and fails with ImageError only', () => {
    const hostile = fc.stringMatching(/^[a-zA-Z0-9._:/@[\] -]{0,40}$/);
    fc.assert(
      fc.property(fc.oneof(fc.string(), hostile), (text) => {
        try {
          const reference = parseReference(text);
          expect(parseReference(fullName(reference))).toEqual(reference);
          expect(parseReference(familiarName(reference))).toEqual(reference);
        } catch (error) {
          expect(error).toBeInstanceOf(ImageError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('familiarName()', () => {
  it.each([
    ['docker.io/library/apps:1', 'apps:1'],
    ['docker.io/me/apps:1', 'me/apps:1'],
    ['ghcr.io/me/apps:1', 'ghcr.io/me/apps:1'],
    ['docker.io/library/a/b:1', 'library/a/b:1'],
    ['docker.io/a.b/c:1', 'docker.io/a.b/c:1'],
  ])('shows %s as %s', (full, familiar) => {
    expect(familiarName(parseReference(full))).toBe(familiar);
  });
});

describe('withDefaultTag()', () => {
  it('adds latest only where neither tag nor digest is', () => {
    expect(fullName(withDefaultTag(parseReference('apps')))).toBe('docker.io/library/apps:latest');
    expect(fullName(withDefaultTag(parseReference('apps:1')))).toBe('docker.io/library/apps:1');
    expect(fullName(withDefaultTag(parseReference(`apps@${digest}`)))).toBe(
      `docker.io/library/apps@${digest}`,
    );
  });
});

it('repositoryOf() leaves tag and digest out', () => {
  expect(repositoryOf(parseReference(`ghcr.io/a/b:1@${digest}`))).toBe('ghcr.io/a/b');
});
