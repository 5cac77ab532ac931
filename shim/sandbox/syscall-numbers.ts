import { arch } from 'node:process';
import { SYSCALLS_ARM64 } from './syscalls-arm64.ts';
import { SYSCALLS_X64 } from './syscalls-x64.ts';

/** Processor families the shim runs on, in Node's spelling. */
export type Architecture = 'x64' | 'arm64';

export interface SyscallTable {
  readonly architecture: Architecture;
  /** Number of the system call, undefined when the architecture has none of this name. */
  number(name: string): number | undefined;
  /** The highest number in the table: a kernel may know more. */
  readonly highest: number;
}

const runs = { x64: SYSCALLS_X64, arm64: SYSCALLS_ARM64 } as const;

/** The table of an architecture; parsing one takes a tenth of a millisecond. */
export function syscallTable(architecture: Architecture): SyscallTable {
  const numbers = new Map<string, number>();
  let highest = 0;
  for (const [first, names] of runs[architecture]) {
    for (const [offset, name] of names.split(/\s+/).entries()) numbers.set(name, first + offset);
    highest = Math.max(highest, ...numbers.values());
  }
  return { architecture, highest, number: (name) => numbers.get(name) };
}

/** The table of the machine this runs on. */
export const hostSyscalls: SyscallTable = syscallTable(hostArchitecture());

function hostArchitecture(): Architecture {
  if (arch === 'x64' || arch === 'arm64') return arch;
  throw new Error(`Cannot make system calls: no numbers for the architecture "${arch}"`);
}
