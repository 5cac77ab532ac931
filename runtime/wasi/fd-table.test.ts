import { expect, it } from 'vitest';
import { FdTable } from './fd-table.ts';

it('FdTable tells each time that a descriptor is refused for its limit', () => {
  let refused = 0;
  const table = new FdTable(1, () => {
    refused += 1;
  });
  table.reserve();
  table.addStream({ filetype: 0 });
  for (const _ of [1, 2]) expect(() => table.reserve()).toThrow();
  expect(refused).toBe(2);
});
