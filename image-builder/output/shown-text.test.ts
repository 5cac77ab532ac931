import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shownJson, shownLines, shownText } from './shown-text.ts';

const hostile = 'a\x1b[2J\x9b31m\u202egnp.js\r\n\ud800\u{e0041}ü';

describe('shownText()', () => {
  it('shows controls and direction marks as escapes, and leaves letters alone', () => {
    expect(shownText(hostile)).toBe('a\\x1b[2J\\x9b31m\\u{202e}gnp.js\\x0d\\x0a\\u{d800}\\u{e0041}ü');
  });
});

describe('shownLines()', () => {
  it('keeps line breaks and nothing else', () => {
    expect(shownLines('a\nb\tc\r\x1b')).toBe('a\nb\\x09c\\x0d\\x1b');
  });
});

describe('shownJson()', () => {
  it('has nothing that a terminal acts on', () => {
    expect(shownJson({ name: hostile })).not.toMatch(/[\p{C}\u2028\u2029]/u);
  });

  it('reads back as the same value', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), (value) => {
        // From JSON: a key named "__proto__" becomes a plain property.
        const plain: unknown = JSON.parse(JSON.stringify(value));
        expect(JSON.parse(shownJson(plain))).toEqual(plain);
      }),
    );
  });
});
