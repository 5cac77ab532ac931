import { describe, expect, it } from 'vitest';
import { parseMountPoints } from './mount-table.ts';

describe('parseMountPoints()', () => {
  it('undoes the escapes of the kernel', () => {
    const text = '36 35 98:0 / /a\\040b\\134c rw - overlay o rw\n37 36 0:5 / /é rw shared:1 - tmpfs t rw\n';
    expect(parseMountPoints(Buffer.from(text).toString('latin1'))).toEqual(['/a b\\c', '/é']);
  });
});
