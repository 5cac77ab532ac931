import { dlopen, getInt32, getRawPointer } from 'node:ffi';
import { getSystemErrorMessage } from 'node:util';

const PR_SET_NO_NEW_PRIVS = 38;
const PR_SET_DUMPABLE = 4;
const SECCOMP_SET_MODE_FILTER = 1n;
const SECCOMP_FILTER_FLAG_TSYNC = 1n;
const SECCOMP_SYSCALL: Readonly<Record<string, bigint>> = { x64: 317n, arm64: 277n };

/**
 * Gives up what only booting needed: installs the filter of `BootMessage.seccomp` on every thread of this
 * process, those not yet made included. There is no way back, and a container must not run without it.
 *
 * @throws Error with the kernel's reason
 */
export function hardenContainer(program: string): void {
  const number = SECCOMP_SYSCALL[process.arch];
  if (number === undefined) throw new Error(`Cannot harden the container on "${process.arch}"`);
  const { functions } = dlopen(null, {
    syscall: { arguments: ['i64', 'u64', 'u64', 'u64', 'u64', 'u64', 'u64'], return: 'i64' },
    prctl: { arguments: ['i32', 'u64', 'u64', 'u64', 'u64'], return: 'i32' },
    __errno_location: { arguments: [], return: 'pointer' },
  });
  const check = (action: string, result: number | bigint): void => {
    if (Number(result) === 0) return;
    const errno = getInt32(functions.__errno_location());
    throw new Error(`Cannot ${action}: ${getSystemErrorMessage(-errno)}`);
  };
  const filter = Buffer.from(program, 'base64');
  const description = Buffer.alloc(16);
  description.writeUInt16LE(filter.length / 8, 0);
  description.writeBigUInt64LE(getRawPointer(filter), 8);
  check('hide the memory of the container', functions.prctl(PR_SET_DUMPABLE, 0n, 0n, 0n, 0n));
  check('forbid new privileges', functions.prctl(PR_SET_NO_NEW_PRIVS, 1n, 0n, 0n, 0n));
  // A positive result is the id of a thread that could not be brought along.
  const result = functions.syscall(
    number,
    SECCOMP_SET_MODE_FILTER,
    SECCOMP_FILTER_FLAG_TSYNC,
    getRawPointer(description),
    0n,
    0n,
    0n,
  );
  if (result > 0n) throw new Error(`Cannot filter the system calls of thread ${result}`);
  check('filter system calls', result);
  // The description holds a bare address: the program has to live until here.
  if (filter.length === 0) throw new Error('Cannot filter system calls: the program is empty');
}
