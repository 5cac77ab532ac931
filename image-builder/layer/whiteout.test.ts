import { expect, it } from 'vitest';
import { parseWhiteout } from './whiteout.ts';

it.each([
  ['index.js', undefined],
  ['.why', undefined],
  ['.wh.index.js', { kind: 'one', name: 'index.js' }],
  ['.wh..wws', { kind: 'one', name: '.wws' }],
  ['.wh..wh..opq', { kind: 'opaque' }],
  ['.wh..wh.plnk', { kind: 'ignored' }],
  ['.wh.', { kind: 'invalid' }],
  ['.wh..', { kind: 'invalid' }],
  ['.wh...', { kind: 'invalid' }],
])('parseWhiteout() reads %j', (name, whiteout) => {
  expect(parseWhiteout(name)).toEqual(whiteout);
});
