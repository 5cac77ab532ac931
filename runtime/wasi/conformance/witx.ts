import type { Preview1 } from '../preview1.ts';

/** A function's parameters as the engine sees them: `i32` is a number here, `i64` a bigint. */
type CoreTypes<P extends readonly unknown[]> = {
  readonly [I in keyof P]: P[I] extends bigint ? 'i64' : 'i32';
};

/**
 * The core signatures of `wasi_snapshot_preview1`, read out of its witx: a string is a pointer and a length, a
 * result beside the error number is a pointer to where it goes. The compiler holds the host's own functions to
 * them. All answer an `i32`, but for `proc_exit`, which does not return.
 */
export const parameters: { readonly [F in keyof Preview1]: CoreTypes<Parameters<Preview1[F]>> } = {
  args_get: ['i32', 'i32'],
  args_sizes_get: ['i32', 'i32'],
  environ_get: ['i32', 'i32'],
  environ_sizes_get: ['i32', 'i32'],
  clock_res_get: ['i32', 'i32'],
  clock_time_get: ['i32', 'i64', 'i32'],
  fd_advise: ['i32', 'i64', 'i64', 'i32'],
  fd_allocate: ['i32', 'i64', 'i64'],
  fd_close: ['i32'],
  fd_datasync: ['i32'],
  fd_fdstat_get: ['i32', 'i32'],
  fd_fdstat_set_flags: ['i32', 'i32'],
  fd_fdstat_set_rights: ['i32', 'i64', 'i64'],
  fd_filestat_get: ['i32', 'i32'],
  fd_filestat_set_size: ['i32', 'i64'],
  fd_filestat_set_times: ['i32', 'i64', 'i64', 'i32'],
  fd_pread: ['i32', 'i32', 'i32', 'i64', 'i32'],
  fd_prestat_get: ['i32', 'i32'],
  fd_prestat_dir_name: ['i32', 'i32', 'i32'],
  fd_pwrite: ['i32', 'i32', 'i32', 'i64', 'i32'],
  fd_read: ['i32', 'i32', 'i32', 'i32'],
  fd_readdir: ['i32', 'i32', 'i32', 'i64', 'i32'],
  fd_renumber: ['i32', 'i32'],
  fd_seek: ['i32', 'i64', 'i32', 'i32'],
  fd_sync: ['i32'],
  fd_tell: ['i32', 'i32'],
  fd_write: ['i32', 'i32', 'i32', 'i32'],
  path_create_directory: ['i32', 'i32', 'i32'],
  path_filestat_get: ['i32', 'i32', 'i32', 'i32', 'i32'],
  path_filestat_set_times: ['i32', 'i32', 'i32', 'i32', 'i64', 'i64', 'i32'],
  path_link: ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
  path_open: ['i32', 'i32', 'i32', 'i32', 'i32', 'i64', 'i64', 'i32', 'i32'],
  path_readlink: ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
  path_remove_directory: ['i32', 'i32', 'i32'],
  path_rename: ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
  path_symlink: ['i32', 'i32', 'i32', 'i32', 'i32'],
  path_unlink_file: ['i32', 'i32', 'i32'],
  poll_oneoff: ['i32', 'i32', 'i32', 'i32'],
  proc_exit: ['i32'],
  proc_raise: ['i32'],
  sched_yield: [],
  random_get: ['i32', 'i32'],
  sock_accept: ['i32', 'i32', 'i32'],
  sock_recv: ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
  sock_send: ['i32', 'i32', 'i32', 'i32', 'i32'],
  sock_shutdown: ['i32', 'i32'],
};

export type FunctionName = keyof typeof parameters;

export const functionNames: readonly FunctionName[] = Object.keys(parameters) as FunctionName[];

/** The cases of `errno` in their order; the numbers follow from it. */
export const errnoCases: readonly string[] = (
  'success 2big acces addrinuse addrnotavail afnosupport again already badf badmsg busy canceled child ' +
  'connaborted connrefused connreset deadlk destaddrreq dom dquot exist fault fbig hostunreach idrm ilseq ' +
  'inprogress intr inval io isconn isdir loop mfile mlink msgsize multihop nametoolong netdown netreset ' +
  'netunreach nfile nobufs nodev noent noexec nolck nolink nomem nomsg noprotoopt nospc nosys notconn notdir ' +
  'notempty notrecoverable notsock notsup notty nxio overflow ownerdead perm pipe proto protonosupport ' +
  'prototype range rofs spipe srch stale timedout txtbsy xdev notcapable'
).split(' ');

/** The flags of `rights` in the order of their bits. */
export const rightFlags: readonly string[] = (
  'fd_datasync fd_read fd_seek fd_fdstat_set_flags fd_sync fd_tell fd_write fd_advise fd_allocate ' +
  'path_create_directory path_create_file path_link_source path_link_target path_open fd_readdir path_readlink ' +
  'path_rename_source path_rename_target path_filestat_get path_filestat_set_size path_filestat_set_times ' +
  'fd_filestat_get fd_filestat_set_size fd_filestat_set_times path_symlink path_remove_directory ' +
  'path_unlink_file poll_fd_readwrite sock_shutdown sock_accept'
).split(' ');

/**
 * The errors each function has a test for: those the witx text names, and those of the POSIX call it points to,
 * as far as a folder or a stream can bring them about.
 */
export const errors: Readonly<Record<FunctionName, string>> = {
  args_get: 'fault',
  args_sizes_get: 'fault',
  environ_get: 'fault',
  environ_sizes_get: 'fault',
  clock_res_get: 'fault inval',
  clock_time_get: 'fault inval',
  fd_advise: 'badf inval isdir notcapable spipe',
  fd_allocate: 'badf fbig inval isdir nospc notcapable spipe',
  fd_close: 'badf',
  fd_datasync: 'badf inval notcapable',
  fd_fdstat_get: 'badf fault',
  fd_fdstat_set_flags: 'badf inval notcapable notsup',
  fd_fdstat_set_rights: 'badf notcapable',
  fd_filestat_get: 'badf fault notcapable',
  fd_filestat_set_size: 'badf fbig inval isdir notcapable',
  fd_filestat_set_times: 'badf inval notcapable rofs',
  fd_pread: 'badf fault inval isdir notcapable spipe',
  fd_prestat_get: 'badf fault',
  fd_prestat_dir_name: 'badf fault nametoolong',
  fd_pwrite: 'badf fault fbig inval isdir notcapable spipe',
  fd_read: 'again badf fault isdir',
  fd_readdir: 'badf fault inval noent notcapable notdir',
  fd_renumber: 'badf',
  fd_seek: 'badf fault inval isdir notcapable spipe',
  fd_sync: 'badf inval notcapable',
  fd_tell: 'badf fault isdir notcapable spipe',
  fd_write: 'again badf fault isdir nospc pipe',
  path_create_directory: 'badf exist fault ilseq loop nametoolong noent notcapable notdir rofs',
  path_filestat_get: 'badf fault ilseq inval loop nametoolong noent notcapable notdir',
  path_filestat_set_times: 'badf fault ilseq inval loop nametoolong noent notcapable notdir rofs',
  path_link: 'badf exist fault ilseq inval loop nametoolong noent notcapable notdir perm rofs xdev',
  path_open:
    'acces badf exist fault ilseq inval isdir loop mfile nametoolong noent notcapable notdir nxio rofs',
  path_readlink: 'badf fault ilseq inval loop nametoolong noent notcapable notdir',
  path_remove_directory: 'badf fault ilseq inval loop nametoolong noent notcapable notdir notempty rofs',
  path_rename:
    'badf busy fault ilseq inval isdir loop nametoolong noent notcapable notdir notempty rofs xdev',
  path_symlink: 'badf exist fault ilseq loop nametoolong noent notcapable notdir rofs',
  path_unlink_file: 'badf fault ilseq isdir loop nametoolong noent notcapable notdir rofs',
  poll_oneoff: 'badf fault inval notcapable notsup',
  proc_exit: '',
  proc_raise: 'inval notsup',
  sched_yield: '',
  random_get: 'fault',
  sock_accept: 'badf notsock',
  sock_recv: 'badf notsock',
  sock_send: 'badf notsock',
  sock_shutdown: 'badf notsock',
};
