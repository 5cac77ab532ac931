/**
 * The 46 functions of `wasi_snapshot_preview1` as they are written here: pointers and lengths are 32-bit
 * numbers that may arrive negative, 64-bit values are bigints, and a function that returns has succeeded.
 * Refusals are thrown as `WasiError` or as the system call's own error.
 */
export interface Preview1 {
  args_get(pointers: number, buffer: number): void;
  args_sizes_get(count: number, size: number): void;
  environ_get(pointers: number, buffer: number): void;
  environ_sizes_get(count: number, size: number): void;
  clock_res_get(clock: number, result: number): void;
  clock_time_get(clock: number, precision: bigint, result: number): void;
  fd_advise(fd: number, offset: bigint, length: bigint, advice: number): void;
  fd_allocate(fd: number, offset: bigint, length: bigint): void;
  fd_close(fd: number): void;
  fd_datasync(fd: number): void;
  fd_fdstat_get(fd: number, result: number): void;
  fd_fdstat_set_flags(fd: number, flags: number): void;
  fd_fdstat_set_rights(fd: number, base: bigint, inheriting: bigint): void;
  fd_filestat_get(fd: number, result: number): void;
  fd_filestat_set_size(fd: number, size: bigint): void;
  fd_filestat_set_times(fd: number, atim: bigint, mtim: bigint, flags: number): void;
  fd_pread(fd: number, vectors: number, count: number, offset: bigint, result: number): void;
  fd_prestat_get(fd: number, result: number): void;
  fd_prestat_dir_name(fd: number, path: number, length: number): void;
  fd_pwrite(fd: number, vectors: number, count: number, offset: bigint, result: number): void;
  fd_read(fd: number, vectors: number, count: number, result: number): void;
  fd_readdir(fd: number, buffer: number, length: number, cookie: bigint, result: number): void;
  fd_renumber(from: number, to: number): void;
  fd_seek(fd: number, offset: bigint, whence: number, result: number): void;
  fd_sync(fd: number): void;
  fd_tell(fd: number, result: number): void;
  fd_write(fd: number, vectors: number, count: number, result: number): void;
  path_create_directory(fd: number, path: number, length: number): void;
  path_filestat_get(fd: number, lookup: number, path: number, length: number, result: number): void;
  path_filestat_set_times(
    fd: number,
    lookup: number,
    path: number,
    length: number,
    atim: bigint,
    mtim: bigint,
    flags: number,
  ): void;
  path_link(
    oldFd: number,
    lookup: number,
    oldPath: number,
    oldLength: number,
    newFd: number,
    newPath: number,
    newLength: number,
  ): void;
  path_open(
    fd: number,
    lookup: number,
    path: number,
    length: number,
    openFlags: number,
    base: bigint,
    inheriting: bigint,
    fdFlags: number,
    result: number,
  ): void;
  path_readlink(
    fd: number,
    path: number,
    length: number,
    buffer: number,
    bufferLength: number,
    result: number,
  ): void;
  path_remove_directory(fd: number, path: number, length: number): void;
  path_rename(
    oldFd: number,
    oldPath: number,
    oldLength: number,
    newFd: number,
    newPath: number,
    newLength: number,
  ): void;
  path_symlink(target: number, targetLength: number, fd: number, path: number, length: number): void;
  path_unlink_file(fd: number, path: number, length: number): void;
  poll_oneoff(subscriptions: number, events: number, count: number, result: number): void;
  proc_exit(code: number): void;
  proc_raise(signal: number): void;
  sched_yield(): void;
  random_get(buffer: number, length: number): void;
  sock_accept(fd: number, flags: number, result: number): void;
  sock_recv(
    fd: number,
    vectors: number,
    count: number,
    flags: number,
    result: number,
    resultFlags: number,
  ): void;
  sock_send(fd: number, vectors: number, count: number, flags: number, result: number): void;
  sock_shutdown(fd: number, how: number): void;
}
