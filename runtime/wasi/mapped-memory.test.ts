import { describe, expect, it } from 'vitest';
import { HotPages } from './hot-pages.ts';
import { HotCopies, MappedMemory } from './mapped-memory.ts';
import { MemoryFile } from './memory-file.ts';
import { PAGE_BYTES, usePagemap } from './pagemap.ts';

const WASM_PAGE = 65_536;
const PAGES = 32;

function contents(): Buffer {
  const bytes = Buffer.alloc(PAGES * WASM_PAGE);
  for (let at = 0; at < bytes.length; at += PAGE_BYTES) bytes.writeUInt32LE(at, at);
  return bytes;
}

describe.each([
  ['by looking at which pages are there', undefined],
  // No file is open under this number: reading it fails like a pagemap that is not to be had.
  ['by comparing contents', -1],
])('a mapped memory that learns %s', (_, descriptor) => {
  it('copies back what runs write, and drops the rest', () => {
    usePagemap(descriptor);
    const bytes = contents();
    using file = MemoryFile.of([{ start: 0, bytes }], bytes.length);
    const hot = new HotCopies(new HotPages(), file);
    const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES + 8 });
    const mapped = new MappedMemory(memory, file, hot);
    const view = (): Buffer => Buffer.from(memory.buffer);
    // While it learns, a look at the contents would be one more thing to learn from.
    for (let run = 0; run < 12; run++) {
      view().fill(1, 100 * PAGE_BYTES, 102 * PAGE_BYTES);
      if (run === 9) view().fill(2, 300 * PAGE_BYTES, 310 * PAGE_BYTES);
      mapped.restore();
      if (run >= 8) expect(view().equals(bytes)).toBe(true);
    }
    const isHot = (page: number): boolean =>
      hot.pages.plan.hot.some(({ start, end }) => start <= page * PAGE_BYTES && page * PAGE_BYTES < end);
    expect([100, 101, 300].map(isHot)).toEqual([true, true, false]);
  });
});
