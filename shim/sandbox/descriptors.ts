import { closeSync, openSync } from 'node:fs';

/**
 * Descriptors this thread has opened and not closed. Numbers are the whole process's while the thread may end at
 * any step of building a container; one left open would keep a mount, and with it the image, busy for ever.
 */
const owned = new Set<number>();

/** Notes a descriptor the kernel has just given to this thread. */
export function own(fd: number): number {
  owned.add(fd);
  return fd;
}

export function openOwned(path: string): number {
  return own(openSync(path, 'r'));
}

/** Closes a descriptor of this thread; that of somebody else is a mistake, and stays open. */
export function release(fd: number): void {
  if (!owned.delete(fd)) throw new Error(`Cannot close descriptor ${fd}: it is not this thread's`);
  closeSync(fd);
}

/** Closes what the thread has not come to close. */
export function releaseAll(): void {
  for (const fd of owned) release(fd);
}
