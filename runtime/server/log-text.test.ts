import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entryText, headline, oneLine, saidSize, saidText } from './log-text.ts';

describe('oneLine()', () => {
  it('escapes what would break the line or change how it is shown, and nothing else', () => {
    expect(oneLine('a\tb\nc\r\x1b[31m\x9b\x7f')).toBe('a\tb\\x0ac\\x0d\\x1b[31m\\x9b\\x7f');
    expect(oneLine('\u202e\u2028\ufeff\ud800')).toBe('\\u{202e}\\u{2028}\\u{feff}\\u{d800}');
    expect(oneLine('größer — 日本 😀')).toBe('größer — 日本 😀');
  });
});

describe('entryText()', () => {
  it('indents further lines once', () => {
    expect(entryText('Cannot x: y\n    at f (a.js:1:2)\nIt printed:\r\nhere\n')).toBe(
      'Cannot x: y\n    at f (a.js:1:2)\n    It printed:\n    here',
    );
  });

  it('has one line that is not indented, whatever the message', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('\n', '\r', ' ', 'a', '\u2028', '\x1b') }), (message) => {
        const [, ...others] = entryText(message).split('\n');
        for (const line of others) expect(line).toMatch(/^ {4}[^\p{Cc}\u2028]*$/u);
      }),
    );
  });
});

describe('saidText()', () => {
  it('says of each line which worker it is of', () => {
    expect(saidText('a.js', 'one\r\n\n  two\r127.0.0.1 "GET /"\n')).toBe(
      'a.js | one\na.js | \na.js |   two\\x0d127.0.0.1 "GET /"',
    );
  });
});

describe('saidSize()', () => {
  it('is the length of the text', () => {
    for (const text of ['one', 'one\ntwo', '\n\n\nx']) {
      expect(saidSize('a.js', Buffer.from(text))).toBe(saidText('a.js', text).length);
    }
  });
});

describe('headline()', () => {
  it('is the first line', () => {
    expect(headline('a\x1b\nb')).toBe('a\\x1b');
    expect(headline('')).toBe('');
  });
});
