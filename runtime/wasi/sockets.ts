import { WasiError } from './errno.ts';
import type { FdTable } from './fd-table.ts';
import type { Preview1 } from './preview1.ts';

/** `sock_*`: no guest holds a socket, so an open descriptor is `notsock` and any other `badf`. */
export function socketFunctions(
  fds: FdTable,
): Pick<Preview1, 'sock_accept' | 'sock_recv' | 'sock_send' | 'sock_shutdown'> {
  const refuse = (fd: number): never => {
    fds.get(fd);
    throw new WasiError('notsock');
  };
  return { sock_accept: refuse, sock_recv: refuse, sock_send: refuse, sock_shutdown: refuse };
}
