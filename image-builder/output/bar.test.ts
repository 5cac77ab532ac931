import { expect, it } from 'vitest';
import { bar, writesUnicode } from './bar.ts';

it.each([
  [1, '████', '####'],
  [0.5, '██', '##'],
  [0.28, '█▏', '#'],
  [0.0001, '▏', '#'],
  [0, '', ''],
])('bar() draws %d of 4 cells', (share, unicode, ascii) => {
  expect([bar(share, 4, true), bar(share, 4, false)]).toEqual([unicode, ascii]);
});

it('writesUnicode() asks LC_ALL, LC_CTYPE and LANG in this order', () => {
  expect(writesUnicode({ LANG: 'de_DE.UTF-8' })).toBe(true);
  expect(writesUnicode({ LANG: 'de_DE.UTF-8', LC_ALL: 'C' })).toBe(false);
  expect(writesUnicode({ LC_CTYPE: 'C.utf8', LC_ALL: '' })).toBe(true);
  expect(writesUnicode({})).toBe(false);
});
