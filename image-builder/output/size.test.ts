import { expect, it } from 'vitest';
import { sizeText } from './size.ts';

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [41_230, '41.2 kB'],
  [999_960, '1.0 MB'],
  [23_000_000, '23.0 MB'],
  [5e15, '5000.0 TB'],
])('sizeText() writes %i as %s', (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});
