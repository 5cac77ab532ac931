import { failedWith, syscall } from '../sandbox/syscall.ts';
import { mountsBelow } from './mount-table.ts';

const MNT_DETACH = 2;
const UMOUNT_NOFOLLOW = 8;

/**
 * Detaches whatever is mounted on `directory` or below it, busy or not: a mount left in the bundle's root
 * keeps containerd from removing the bundle.
 *
 * @throws SystemError when the kernel refuses
 */
export function unmountAll(directory: string): void {
  // Innermost first: the last in the table was mounted last. Stacked mounts stand there once each.
  for (const target of mountsBelow(directory).toReversed()) {
    try {
      syscall('umount2', target, MNT_DETACH | UMOUNT_NOFOLLOW);
    } catch (error) {
      // It went together with another one, or someone else was faster.
      if (!failedWith(error, 'EINVAL', 'ENOENT')) throw error;
    }
  }
}
