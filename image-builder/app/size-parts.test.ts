import { expect, it } from 'vitest';
import type { CountedEntry } from './layer-content.ts';
import { sizeParts } from './size-parts.ts';

function file(path: string, size: number): CountedEntry {
  return { path, kind: 'file', size };
}

it('sizeParts() puts a language, a folder and a file of the root beside each other, the largest first', () => {
  const entries = [
    { path: 'users', kind: 'directory' as const },
    file('users/a.js', 3),
    file('users/deep/b.js', 4),
    file('index.js', 5),
    file('.wws/runtimes/wws/ruby/3.4/ruby.wasm', 100),
    file('.wws.toml', 1),
  ];
  expect(sizeParts(entries)).toEqual([
    { name: 'ruby 3.4', files: 1, bytes: 100 },
    { name: 'users/', files: 2, bytes: 7 },
    { name: 'index.js', files: 1, bytes: 5 },
    { name: '.wws.toml', files: 1, bytes: 1 },
  ]);
});

it('sizeParts() puts the smallest of many into one', () => {
  const entries = Array.from({ length: 20 }, (_, index) => file(`${index}.js`, 100 - index));
  const parts = sizeParts(entries);
  expect(parts).toHaveLength(12);
  expect(parts.at(-1)).toEqual({
    name: '9 others',
    files: 9,
    bytes: 89 + 88 + 87 + 86 + 85 + 84 + 83 + 82 + 81,
  });
});
