import { constants } from 'node:os';

/** Error numbers of `wasi_snapshot_preview1.errno`. */
export const Errno = {
  success: 0,
  toobig: 1,
  acces: 2,
  addrinuse: 3,
  addrnotavail: 4,
  afnosupport: 5,
  again: 6,
  already: 7,
  badf: 8,
  badmsg: 9,
  busy: 10,
  canceled: 11,
  child: 12,
  connaborted: 13,
  connrefused: 14,
  connreset: 15,
  deadlk: 16,
  destaddrreq: 17,
  dom: 18,
  dquot: 19,
  exist: 20,
  fault: 21,
  fbig: 22,
  hostunreach: 23,
  idrm: 24,
  ilseq: 25,
  inprogress: 26,
  intr: 27,
  inval: 28,
  io: 29,
  isconn: 30,
  isdir: 31,
  loop: 32,
  mfile: 33,
  mlink: 34,
  msgsize: 35,
  multihop: 36,
  nametoolong: 37,
  netdown: 38,
  netreset: 39,
  netunreach: 40,
  nfile: 41,
  nobufs: 42,
  nodev: 43,
  noent: 44,
  noexec: 45,
  nolck: 46,
  nolink: 47,
  nomem: 48,
  nomsg: 49,
  noprotoopt: 50,
  nospc: 51,
  nosys: 52,
  notconn: 53,
  notdir: 54,
  notempty: 55,
  notrecoverable: 56,
  notsock: 57,
  notsup: 58,
  notty: 59,
  nxio: 60,
  overflow: 61,
  ownerdead: 62,
  perm: 63,
  pipe: 64,
  proto: 65,
  protonosupport: 66,
  prototype: 67,
  range: 68,
  rofs: 69,
  spipe: 70,
  srch: 71,
  stale: 72,
  timedout: 73,
  txtbsy: 74,
  xdev: 75,
  notcapable: 76,
} as const;

export type ErrnoName = keyof typeof Errno;

/** A host call's refusal: caught where the guest called in, and answered as its number. */
export class WasiError extends Error {
  readonly errno: ErrnoName;

  constructor(errno: ErrnoName, options?: ErrorOptions) {
    super(`wasi: ${errno}`, options);
    this.name = 'WasiError';
    this.errno = errno;
  }
}

/** A system call that failed, in the shape of Node's own: `code` is a name such as `ENOENT`. */
export class KernelError extends Error {
  readonly code: string;

  constructor(call: string, errno: number) {
    const code = linuxNames.get(errno) ?? `errno ${errno}`;
    super(`${code}: ${call}`);
    this.name = 'KernelError';
    this.code = code;
  }
}

const linuxNames: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno).map(([name, number]) => [number, name]),
);

/** No name may begin with a digit here; the others share a number on Linux, and either name may be reported. */
const aliases: Readonly<Record<string, ErrnoName>> = {
  E2BIG: 'toobig',
  EOPNOTSUPP: 'notsup',
  EWOULDBLOCK: 'again',
};

/**
 * The number a guest sees for an error thrown by a host call, or undefined when the error is no answer
 * to the guest (an exit, a limit, a defect here) and must go on.
 */
export function errnoOf(error: unknown): number | undefined {
  if (error instanceof WasiError) return Errno[error.errno];
  const code = errorCode(error);
  if (code === undefined) return undefined;
  const name = aliases[code] ?? code.slice(1).toLowerCase();
  if (isErrnoName(name)) return Errno[name];
  // A system call failed with a number preview1 has no name for.
  return code.startsWith('E') && !code.startsWith('ERR_') ? Errno.io : undefined;
}

/** The `code` of a system call's error, e.g. `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function isErrnoName(name: string): name is ErrnoName {
  return Object.hasOwn(Errno, name);
}
