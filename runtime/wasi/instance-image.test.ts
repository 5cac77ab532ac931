import { afterEach, describe, expect, it, vi } from 'vitest';
import { encodeUnsigned } from './binary.ts';
import { exposeState } from './expose-state.ts';
import { InstanceImage, type OpenInstance, openInstance } from './instance-image.ts';
import { moduleOf, name, section } from './testdata/binary.ts';

const WASM_PAGE = 65_536;
const PAGE = 4096;
const MEBIBYTE = 1024 * 1024;

afterEach(() => {
  vi.restoreAllMocks();
});

interface Guest extends OpenInstance {
  readonly memory: WebAssembly.Memory;
  readonly grow: (pages: number) => number;
}

/** An instance whose memory begins with so many bytes and can grow, and has a global that is 42. */
async function opened(bytes: number): Promise<Guest> {
  const exposure = exposeState(
    moduleOf(
      section(1, 1, 0x60, 1, 0x7f, 1, 0x7f),
      section(3, 1, 0),
      section(5, 1, 0, ...encodeUnsigned(bytes / WASM_PAGE)),
      section(6, 1, 0x7f, 1, 0x41, 42, 0x0b),
      section(7, 1, ...name('grow'), 0, 0),
      section(10, 1, 6, 0, 0x20, 0, 0x40, 0, 0x0b),
    ),
  );
  if (exposure.kind === 'hidden') throw new Error(exposure.reason);
  const module = await WebAssembly.compile(exposure.bytes);
  const open = openInstance(new WebAssembly.Instance(module), exposure.state);
  if (open.memory === undefined) throw new Error('There is no memory');
  const { grow } = open.instance.exports as { readonly grow: (pages: number) => number };
  return { ...open, memory: open.memory, grow };
}

function bytesOf({ memory }: Guest): Buffer {
  return Buffer.from(memory.buffer);
}

/** Something on every fifth page, none of it on the first. */
function furnish(guest: Guest): Buffer {
  const memory = bytesOf(guest);
  for (let at = PAGE; at < memory.length; at += 5 * PAGE) memory.write(`page at ${at}`, at);
  return Buffer.from(memory);
}

function imageOf(guest: Guest): InstanceImage {
  const image = InstanceImage.take(guest);
  if (image === undefined) throw new Error('There is no image');
  return image;
}

function expectFirstState(guest: Guest, first: Buffer): void {
  const memory = bytesOf(guest);
  expect(memory.subarray(0, first.length).equals(first)).toBe(true);
  const beyond = memory.subarray(first.length);
  expect(beyond.equals(Buffer.alloc(beyond.length))).toBe(true);
  expect(guest.globals.map(({ value }) => value)).toEqual([42, first.length / WASM_PAGE, 0]);
}

const disturbances: Record<string, (guest: Guest, run: number) => void> = {
  'that touches nothing': () => undefined,
  'that writes the same pages each time': (guest, run) => {
    for (const page of [0, 1, 2, 9, 100]) bytesOf(guest).fill(run + 1, page * PAGE, page * PAGE + 10);
  },
  'that writes other pages each time': (guest, run) => {
    bytesOf(guest).fill(0xaa, ((run * 37) % 240) * PAGE, (((run * 37) % 240) + 3) * PAGE);
  },
  'that leaves nothing as it was': (guest) => {
    bytesOf(guest).fill(0xaa);
  },
  'that grows the memory and fills it': (guest, run) => {
    guest.grow(run % 4);
    bytesOf(guest).fill(0xaa);
  },
  'that grows it far, once': (guest, run) => {
    if (run === 5) guest.grow(512);
    bytesOf(guest).subarray(-PAGE).fill(0xaa);
  },
  'that changes a global': ({ globals }) => {
    if (globals[0] !== undefined) globals[0].value = 7;
  },
};

describe.each([
  ['small', MEBIBYTE],
  ['large', 4 * MEBIBYTE],
])('an image of a %s memory', (_, size) => {
  it.each(Object.entries(disturbances))('undoes a run %s, byte for byte, many times', async (_, disturb) => {
    const guest = await opened(size);
    const first = furnish(guest);
    using image = imageOf(guest);
    // More often than is looked at, so that what was learned is used, and beyond what was learned.
    for (let run = 0; run < 20; run++) {
      disturb(guest, run);
      expect(image.isOutgrown(guest)).toBe(false);
      image.restore(guest);
      expectFirstState(guest, first);
    }
    bytesOf(guest).fill(0x55);
    image.restore(guest);
    expectFirstState(guest, first);
  });

  it('can be kept elsewhere: made of its contents, it restores the same', async () => {
    const guest = await opened(size);
    const first = furnish(guest);
    using taken = imageOf(guest);
    const contents = taken.contents();
    expect(contents.blocks.every(({ bytes }) => bytes.length <= 4096)).toBe(true);
    using image = InstanceImage.of(structuredClone(contents));
    const other = await opened(WASM_PAGE);
    for (let run = 0; run < 10; run++) {
      image.restore(other);
      expectFirstState(other, first);
      bytesOf(other).fill(0xaa);
    }
  });

  it('is taken again of an instance that began with it, and then differs in what was written', async () => {
    const [one, other] = [await opened(size), await opened(size)];
    furnish(one);
    using image = imageOf(one);
    image.restore(other);
    other.grow(2);
    const written = bytesOf(other);
    for (const at of [0, 7 * PAGE, size / 2, written.length - PAGE]) written.write('written', at);
    const first = Buffer.from(written);
    const next = image.takeNext(other);
    if (next === undefined) throw new Error('There is no image');
    // The one whose memory it is, one that had the image before, and a new one.
    for (const guest of [other, one, await opened(WASM_PAGE)]) {
      for (let run = 0; run < 12; run++) {
        bytesOf(guest).fill(0xaa);
        next.restore(guest);
        expectFirstState(guest, first);
      }
    }
    next[Symbol.dispose]();
  });

  it('serves several instances, of which each keeps its own', async () => {
    const [one, other] = [await opened(size), await opened(size)];
    const first = furnish(one);
    using image = imageOf(one);
    for (let run = 0; run < 20; run++) {
      image.restore(other);
      expectFirstState(other, first);
      bytesOf(other).fill(0xaa);
      one.grow(1);
      bytesOf(one)
        .subarray(-3 * PAGE)
        .fill(0x55);
      image.restore(one);
      expectFirstState(one, first);
      expect(bytesOf(other).equals(Buffer.alloc(size, 0xaa))).toBe(true);
    }
  });
});

describe('an image where memory cannot be mapped', () => {
  it('copies, until an instance has grown so far that a new one costs less', async () => {
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined);
    const guest = await opened(MEBIBYTE);
    const first = furnish(guest);
    using image = imageOf(guest);
    for (const pages of [1, 15]) {
      guest.grow(pages);
      bytesOf(guest).fill(0xaa);
      expect(image.isOutgrown(guest)).toBe(false);
      image.restore(guest);
      expectFirstState(guest, first);
    }
    guest.grow(1);
    guest.grow(16);
    expect(image.isOutgrown(guest)).toBe(true);
  });

  it('is not taken of a large memory with little in it', async () => {
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined);
    expect(InstanceImage.take(await opened(4 * MEBIBYTE))).toBeUndefined();
  });
});
