import { closeSync, fstatSync, openSync, statSync, unlinkSync } from 'node:fs';
import { syscall } from '../sandbox/syscall.ts';

const LOCK_EX = 2;

/**
 * Runs `work` while no other process does so under the same lock file, which is gone afterwards.
 *
 * It is flock(2) because the kernel frees that lock when its holder is killed: a lock file that merely
 * exists would need a guess whether its owner still lives, and two waiters can make that guess at once.
 * It blocks the whole process, so it is for `start` and `delete` only, never for the server.
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const fd = acquire(file);
  try {
    return await work();
  } finally {
    // While we hold the lock the path is ours; those who wait on this inode find out and open anew.
    unlinkSync(file);
    closeSync(fd);
  }
}

function acquire(file: string): number {
  for (;;) {
    const fd = openSync(file, 'w', 0o600);
    syscall('flock', fd, LOCK_EX);
    if (isStillThere(file, fd)) return fd;
    closeSync(fd);
  }
}

/** False when a former holder has unlinked the file between our open and our lock. */
function isStillThere(file: string, fd: number): boolean {
  const there = statSync(file, { throwIfNoEntry: false });
  return there !== undefined && there.ino === fstatSync(fd).ino;
}
