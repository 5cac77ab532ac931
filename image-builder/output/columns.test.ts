import { expect, it } from 'vitest';
import { columns } from './columns.ts';

it('columns() puts cells below each other, numbers by their end, and no space at the end', () => {
  const rows = [
    ['a', '1 B', 'x'],
    ['bcd', '10 kB', ''],
  ];
  expect(columns(rows, { indent: '  ', right: [1] })).toEqual(['  a      1 B  x', '  bcd  10 kB']);
});

it('columns() lets a long cell push its own line only', () => {
  const long = 'x'.repeat(60);
  expect(
    columns([
      ['a', '1'],
      [long, '2'],
    ]),
  ).toEqual([`${'a'.padEnd(48)}  1`, `${long}  2`]);
});

it('columns() does not let a cell drive a terminal or begin a line', () => {
  expect(columns([['\x1b[2J\nroot', 'b']])).toEqual(['\\x1b[2J\\x0aroot  b']);
});
