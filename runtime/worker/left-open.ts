import { type Ledger, takeLeftOpen } from '#runtime/wasi/ledger.ts';

/**
 * Closes what a guest thread has left open. Only once the thread has ended: until then it may close a
 * descriptor itself, and the number may be given to somebody else in between.
 */
export async function closeLeftOpen(ledger: Ledger): Promise<void> {
  const fds = takeLeftOpen(ledger);
  if (fds.length === 0) return;
  // A server whose guests have no folders does without it.
  const [{ close }, { KernelError }] = await Promise.all([
    import('#runtime/wasi/kernel.ts'),
    import('#runtime/wasi/errno.ts'),
  ]);
  for (const fd of fds) {
    try {
      close(fd);
    } catch (error) {
      // The descriptor is gone all the same (close(2)): this tells of a write that failed, and its guest is gone too.
      if (!(error instanceof KernelError)) throw error;
    }
  }
}
