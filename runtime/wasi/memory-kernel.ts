import { KernelError } from './errno.ts';
import { close } from './kernel.ts';
import { recordOpen } from './ledger.ts';

const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const F_ADD_SEALS = 1033;
/** F_SEAL_SEAL, SHRINK, GROW and WRITE: for good, and not even by us. */
const ALL_SEALS = 0b1111;
const PROT_READ_WRITE = 3;
/** MAP_PRIVATE and MAP_FIXED. */
const PRIVATE_FIXED = 0x12;
const MAP_ANONYMOUS = 0x20;
const MADV_DONTNEED = 4;
const MADV_NOHUGEPAGE = 15;

type Memory = ReturnType<typeof load>;
let memory: Memory | undefined;

function libc(): Memory {
  memory ??= load();
  return memory;
}

function load() {
  const ffi = process.getBuiltinModule('node:ffi');
  const { functions } = ffi.dlopen(null, {
    memfd_create: { arguments: ['buffer', 'u32'], return: 'i32' },
    fcntl: { arguments: ['i32', 'i32', 'i64'], return: 'i32' },
    mmap: { arguments: ['u64', 'u64', 'i32', 'i32', 'i32', 'i64'], return: 'u64' },
    madvise: { arguments: ['u64', 'u64', 'i32'], return: 'i32' },
    __errno_location: { arguments: [], return: 'pointer' },
  });
  return {
    functions,
    errno: (): number => ffi.getInt32(functions.__errno_location()),
    addressOf: (buffer: ArrayBuffer): bigint => ffi.getRawPointer(buffer),
  };
}

/** A file of memory with a name for `/proc`; the descriptor goes on the thread's ledger. */
export function memfdCreate(name: string): number {
  const { functions, errno } = libc();
  const text = Buffer.from(`${name}\0`);
  const fd = recordOpen(() => BigInt(functions.memfd_create(text, MFD_CLOEXEC | MFD_ALLOW_SEALING)));
  if (fd < 0) throw new KernelError('memfd_create', errno());
  return fd;
}

/** Nobody can write to the file any more, nor make it longer or shorter. */
export function seal(fd: number): void {
  const { functions, errno } = libc();
  if (functions.fcntl(fd, F_ADD_SEALS, BigInt(ALL_SEALS)) !== 0) throw new KernelError('fcntl', errno());
}

export { close as closeMemfd };

/** Where a buffer that does not move is in memory. */
export function addressOf(buffer: ArrayBuffer): bigint {
  return libc().addressOf(buffer);
}

/** Puts `length` bytes of a file in the place of what is at `address`; writing makes pages private. */
export function mapPrivately(address: bigint, length: number, fd: number, offset = 0): void {
  map(address, length, PRIVATE_FIXED, fd, offset);
}

/** Puts zeroes in the place of what is at `address`. */
export function mapZeroes(address: bigint, length: number): void {
  map(address, length, PRIVATE_FIXED | MAP_ANONYMOUS, -1, 0);
}

function map(address: bigint, length: number, flags: number, fd: number, offset: number): void {
  const { functions, errno } = libc();
  const result = functions.mmap(address, BigInt(length), PROT_READ_WRITE, flags, fd, BigInt(offset));
  if (result !== address) throw new KernelError('mmap', errno());
}

/** Drops pages: what is mapped there is as in its file again, other memory all zeroes. */
export function dropPages(address: bigint, length: bigint): void {
  const { functions, errno } = libc();
  if (functions.madvise(address, length, MADV_DONTNEED) !== 0) throw new KernelError('madvise', errno());
}

/** No pages of 2 MB, which take long to clear when each request touches a few bytes of them. */
export function keepPagesSmall(address: bigint, length: number): void {
  const { functions, errno } = libc();
  // A kernel built without large pages does not know the word.
  const EINVAL = 22;
  if (functions.madvise(address, BigInt(length), MADV_NOHUGEPAGE) !== 0 && errno() !== EINVAL)
    throw new KernelError('madvise', errno());
}
