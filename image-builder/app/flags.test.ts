import { describe, expect, it } from 'vitest';
import { parseReference } from '../image/reference.ts';
import { defaultName } from './default-name.ts';
import { parseEntrypoint } from './entrypoint.ts';
import { sourceDateEpoch } from './epoch.ts';

describe('defaultName()', () => {
  it.each([
    ['./apps', 'apps'],
    ['/srv/My App/', 'my-app'],
    ['my_app.v2', 'my_app.v2'],
    ['--x__', 'x'],
    ['/', 'app'],
    ['日本', 'app'],
  ])('makes %j the name %j', (directory, name) => {
    expect(defaultName(directory)).toBe(name);
    expect(parseReference(name).path).toBe(`library/${name}`);
  });
});

describe('parseEntrypoint()', () => {
  it.each([
    ['/tool.wasm', ['/tool.wasm']],
    ['a b', ['a b']],
    ['["/tool.wasm", "-x"]', ['/tool.wasm', '-x']],
  ])('reads %s', (text, words) => {
    expect(parseEntrypoint(text)).toEqual(words);
  });

  it.each(['', '[]', '[""]', '["a", 1]', '["a"', '[null]'])('refuses %j', (text) => {
    expect(() => parseEntrypoint(text)).toThrow('as an entrypoint');
  });
});

describe('sourceDateEpoch()', () => {
  it.each([
    [undefined, 0],
    ['', 0],
    ['0', 0],
    ['1700000000', 1_700_000_000],
  ])('reads %j as %i', (text, seconds) => {
    expect(sourceDateEpoch({ SOURCE_DATE_EPOCH: text })).toBe(seconds);
  });

  it.each(['-1', '1.5', 'now', '999999999999', '0x10'])('refuses %j', (text) => {
    expect(() => sourceDateEpoch({ SOURCE_DATE_EPOCH: text })).toThrow(`SOURCE_DATE_EPOCH "${text}"`);
  });
});
