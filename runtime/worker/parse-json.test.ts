import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson, valuesFor } from './parse-json.ts';

const TOO_MANY = 'it has more than 100000 values';

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
    expect(() => parseJson(list(100_010))).toThrow(TOO_MANY);
    expect(parseJson(list(99_990))).toBeInstanceOf(Array);
  });

  it('refuses an object with very many keys', () => {
    const entries = Array.from({ length: 100_001 }, (_, index) => `"${index}":""`);
    expect(() => parseJson(`{${entries.join()}}`)).toThrow(TOO_MANY);
  });

  it('takes more where a namespace may have more', () => {
    const text = `[${'0,'.repeat(150_000)}0]`;
    expect(() => parseJson(text)).toThrow(TOO_MANY);
    expect(parseJson(text, valuesFor(100_000))).toHaveLength(150_001);
    expect(() => parseJson(text, valuesFor(50_000))).toThrow('it has more than 101000 values');
  });

  it('does not count what is in strings, escaped quotes and backslashes included', () => {
    for (const text of [',[{'.repeat(100_000), '",'.repeat(120_000), '\\",\\'.repeat(120_000)]) {
      expect(parseJson(JSON.stringify({ data: text }))).toEqual({ data: text });
    }
  });

  it('leaves it to JSON.parse to say what is no JSON', () => {
    for (const text of ['{', `["${'x'.repeat(100_000)}`, '['.repeat(90_000)]) {
      expect(() => parseJson(text)).toThrow(SyntaxError);
    }
  });
});
