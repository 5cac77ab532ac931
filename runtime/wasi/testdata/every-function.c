// Imports every function of preview1, with the types that wasi-libc has for them.
#include <stdint.h>
#include <wasi/api.h>

// The one that wasi-libc leaves out.
int32_t proc_raise(int32_t) __attribute__((import_module("wasi_snapshot_preview1"), import_name("proc_raise")));

#define USE(name) (void *)__wasi_##name

void *volatile used[] = {
  USE(args_get), USE(args_sizes_get), USE(environ_get), USE(environ_sizes_get), USE(clock_res_get),
  USE(clock_time_get), USE(fd_advise), USE(fd_allocate), USE(fd_close), USE(fd_datasync), USE(fd_fdstat_get),
  USE(fd_fdstat_set_flags), USE(fd_fdstat_set_rights), USE(fd_filestat_get), USE(fd_filestat_set_size),
  USE(fd_filestat_set_times), USE(fd_pread), USE(fd_prestat_get), USE(fd_prestat_dir_name), USE(fd_pwrite),
  USE(fd_read), USE(fd_readdir), USE(fd_renumber), USE(fd_seek), USE(fd_sync), USE(fd_tell), USE(fd_write),
  USE(path_create_directory), USE(path_filestat_get), USE(path_filestat_set_times), USE(path_link),
  USE(path_open), USE(path_readlink), USE(path_remove_directory), USE(path_rename), USE(path_symlink),
  USE(path_unlink_file), USE(poll_oneoff), USE(proc_exit), USE(sched_yield), USE(random_get), USE(sock_accept),
  USE(sock_recv), USE(sock_send), USE(sock_shutdown), (void *)proc_raise,
};

int main(void) { return used[0] == 0; }
