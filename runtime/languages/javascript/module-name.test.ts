import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { moduleName, SpecifierError } from './module-name.ts';

/** Components that mean something to somebody. */
const component = fc.constantFrom(
  '..',
  '.',
  '',
  'a',
  'b.js',
  'wws:host',
  'wws:fs',
  '...',
  ' ',
  '%2e%2e',
  '\\',
  'C:',
);

describe('moduleName()', () => {
  it('takes a path as it is written, from the directory of the importer', () => {
    expect(moduleName('a.js', './b.js')).toBe('b.js');
    expect(moduleName('x/y/a.js', '../b.ts')).toBe('x/b.ts');
    expect(moduleName('x/y/a.js', './../../z/./b.mjs')).toBe('z/b.mjs');
    expect(moduleName('[id]/a.js', './%20 b.js')).toBe('[id]/%20 b.js');
  });

  it('never leaves the project or reaches a module of the prelude, whatever is written', () => {
    const specifiers = fc.array(component, { minLength: 1, maxLength: 8 }).map((parts) => parts.join('/'));
    const importers = fc
      .array(fc.constantFrom('a', 'b', 'wws:fs'), { minLength: 1, maxLength: 4 })
      .map((parts) => `${parts.join('/')}.js`);
    fc.assert(
      fc.property(importers, specifiers, fc.string(), (importer, specifier, tail) => {
        for (const written of [specifier, specifier + tail, tail]) {
          let name: string;
          try {
            name = moduleName(importer, written);
          } catch (error) {
            expect(error).toBeInstanceOf(SpecifierError);
            continue;
          }
          if (written === 'fs' || written === 'fs/promises') continue;
          expect(name.startsWith('/') || name.startsWith('wws:')).toBe(false);
          expect(name.split('/')).not.toContain('..');
          expect(name).not.toContain('\0');
        }
      }),
    );
  });
});
