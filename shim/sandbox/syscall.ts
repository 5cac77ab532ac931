import { dlopen, getInt32, getRawPointer } from 'node:ffi';
import { getSystemErrorMessage, getSystemErrorName } from 'node:util';
import { hostSyscalls } from './syscall-numbers.ts';

/** Strings travel NUL-terminated, arrays as the address of their first byte, null as NULL. */
export type SyscallArgument = number | bigint | string | Uint8Array | null;

const library = dlopen(null, {
  syscall: { arguments: ['i64', 'u64', 'u64', 'u64', 'u64', 'u64', 'u64'], return: 'i64' },
  __errno_location: { arguments: [], return: 'pointer' },
});
const { syscall: invoke } = library.functions;
/** Each thread has its own errno, and its own instance of this module. */
const errnoAddress = library.functions.__errno_location();

/** A system call that failed: which one, with what, and why. */
export class SystemError extends Error {
  override readonly name = 'SystemError';
  readonly syscall: string;
  /** `ENOENT` and the like. */
  readonly code: string;
  readonly errno: number;
  /** `no such file or directory` and the like. */
  readonly reason: string;

  constructor(syscall: string, args: readonly SyscallArgument[], errno: number) {
    const reason = getSystemErrorMessage(-errno);
    super(`Cannot ${syscall}(${args.map(show).join(', ')}): ${reason}`);
    this.reason = reason;
    this.syscall = syscall;
    this.code = getSystemErrorName(-errno);
    this.errno = errno;
  }
}

/** Whether `error` is a failed system call or file operation with one of `codes`. */
export function failedWith(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/** Why an operation failed, to stand after the words that say which one. */
export function reasonOf(error: unknown): string {
  if (error instanceof SystemError) return `${error.reason} (${error.syscall})`;
  return error instanceof Error ? error.message : String(error);
}

/** What the kernel may write to or read from until the call is over: out of the collector's reach. */
let lent: Uint8Array[] = [];

/**
 * Makes a system call on this very thread, by number, through libc's syscall(2): credentials, namespaces,
 * filters and capabilities change for the calling thread alone, unlike through libc's own wrappers.
 *
 * @throws {SystemError} on -1
 */
export function syscall(name: string, ...args: readonly SyscallArgument[]): number {
  const number = hostSyscalls.number(name);
  if (number === undefined) throw new Error(`Cannot call "${name}": no such system call here`);
  lent = [];
  const [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n] = args.map(toWord);
  const result = invoke(BigInt(number), a, b, c, d, e, f);
  if (result === -1n) throw new SystemError(name, args, getInt32(errnoAddress));
  return Number(result);
}

function toWord(argument: SyscallArgument): bigint {
  if (argument === null) return 0n;
  if (typeof argument === 'string') return address(terminated(argument));
  if (typeof argument === 'object') return address(argument);
  return BigInt.asUintN(64, BigInt(argument));
}

function address(bytes: Uint8Array): bigint {
  lent.push(bytes);
  return getRawPointer(bytes);
}

/** The address of `bytes`, for structures that point to others; the caller keeps `bytes` alive. */
export function addressOf(bytes: Uint8Array): bigint {
  return getRawPointer(bytes);
}

/** A NUL inside would silently cut a path short. */
export function terminated(text: string): Uint8Array {
  if (text.includes('\0'))
    throw new Error(`Cannot pass ${JSON.stringify(text)} to the kernel: it holds a NUL`);
  return Buffer.from(`${text}\0`);
}

function show(argument: SyscallArgument): string {
  if (typeof argument === 'string') return JSON.stringify(argument);
  if (typeof argument === 'object') return argument === null ? 'null' : '…';
  return String(argument);
}
