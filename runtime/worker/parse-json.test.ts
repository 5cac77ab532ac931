import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from './parse-json.ts';

const TOO_MANY = 'it has more than 500000 values';

describe('parseJson()', () => {
  it('parses what JSON.parse does, long or short', () => {
    const padding = 'x'.repeat(100_000);
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const whole of [value, [padding, value]]) {
          const text = JSON.stringify(whole);
          expect(parseJson(text)).toEqual(JSON.parse(text));
        }
      }),
    );
  });

  it.each(['{},', '[],', '0,', '"",', '[[],{"a":{}}],'])('refuses a list of very many %s', (item) => {
    const values = (item.match(/[,[{]/g) ?? []).length;
    const list = (count: number): string => `[${item.repeat(Math.floor(count / values))}0]`;
    expect(() => parseJson(list(500_010))).toThrow(TOO_MANY);
    expect(parseJson(list(499_990))).toBeInstanceOf(Array);
  });

  it('refuses an object with very many keys', () => {
    const entries = Array.from({ length: 500_001 }, (_, index) => `"${index}":""`);
    expect(() => parseJson(`{${entries.join()}}`)).toThrow(TOO_MANY);
  });

  it('does not count what is in strings, escaped quotes and backslashes included', () => {
    for (const text of [',[{'.repeat(500_000), '",'.repeat(600_000), '\\",\\'.repeat(600_000)]) {
      expect(parseJson(JSON.stringify({ data: text }))).toEqual({ data: text });
    }
  });

  it('leaves it to JSON.parse to say what is no JSON', () => {
    for (const text of ['{', `["${'x'.repeat(100_000)}`, `${'['.repeat(100_000)}`]) {
      expect(() => parseJson(text)).toThrow(SyntaxError);
    }
  });
});
