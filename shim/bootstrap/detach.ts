import { closeSync, openSync, readdirSync } from 'node:fs';
import { failedWith, syscall } from '../sandbox/syscall.ts';

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const F_GETFD = 1;
const FD_CLOEXEC = 1;

/**
 * Lets go of whoever ran `start`: their session, their working directory, which is a bundle that will be
 * removed, and the standard descriptors, whose end they wait for. `log`, if any, becomes stderr.
 */
export function detach(log: number | undefined): void {
  process.chdir('/');
  leaveSession();
  const nothing = openSync('/dev/null', 'r+');
  syscall('dup3', nothing, STDIN, 0);
  syscall('dup3', log ?? nothing, STDERR, 0);
  // Last: at the end of stdout the caller goes on.
  syscall('dup3', nothing, STDOUT, 0);
  closeSync(nothing);
  if (log !== undefined) closeSync(log);
}

function leaveSession(): void {
  try {
    syscall('setsid');
  } catch (error) {
    // The head of a process group has nobody's session to leave but its own.
    if (!failedWith(error, 'EPERM')) throw error;
  }
}

/**
 * Closes what a careless parent has left open to us. All that Node and we open ourselves closes on exec, so
 * whatever does not has come that way. (Node marks the lowest ones it inherits: those stay, for us alone.)
 */
export function closeInherited(): void {
  for (const fd of readdirSync('/proc/self/fd').map(Number)) {
    if (fd > STDERR && isInherited(fd)) closeSync(fd);
  }
}

function isInherited(fd: number): boolean {
  try {
    return (syscall('fcntl', fd, F_GETFD) & FD_CLOEXEC) === 0;
  } catch (error) {
    // The descriptor the list was read by.
    if (failedWith(error, 'EBADF')) return false;
    throw error;
  }
}
