import { closeSync, ftruncateSync, writeSync } from 'node:fs';
import { getSystemErrorMessage } from 'node:util';

const PAGE = 4_096n;
const PROT_READ_WRITE = 3;
const MAP_PRIVATE = 2;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

/** Maps a file of memory, writes to the mapping, and sees that the file is as it was. Throws the kernel's reason. */
export function tryCopyOnWrite(): void {
  const ffi = process.getBuiltinModule('node:ffi');
  const { functions } = ffi.dlopen(null, {
    memfd_create: { arguments: ['buffer', 'u32'], return: 'i32' },
    mmap: { arguments: ['u64', 'u64', 'i32', 'i32', 'i32', 'i64'], return: 'u64' },
    munmap: { arguments: ['u64', 'u64'], return: 'i32' },
    __errno_location: { arguments: [], return: 'pointer' },
  });
  const failed = (what: string): Error =>
    new Error(`${what}: ${getSystemErrorMessage(-ffi.getInt32(functions.__errno_location()))}`);
  const fd = functions.memfd_create(Buffer.from('wws-doctor\0'), 0);
  if (fd < 0) throw failed('memfd_create');
  try {
    ftruncateSync(fd, Number(PAGE));
    writeSync(fd, 'a');
    const address = functions.mmap(0n, PAGE, PROT_READ_WRITE, MAP_PRIVATE, fd, 0n);
    if (address === MAP_FAILED) throw failed('mmap');
    try {
      const first = ffi.getUint8(address);
      ffi.setUint8(address, 0, first + 1);
      if (ffi.getUint8(address) !== first + 1) throw new Error('what is written is not there');
    } finally {
      functions.munmap(address, PAGE);
    }
  } finally {
    closeSync(fd);
  }
}
