import { readFileSync } from 'node:fs';
import { failedWith, syscall } from '../sandbox/syscall.ts';

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

/** Mount points at or below `directory`, a path without symbolic links, in the order of /proc/self/mountinfo. */
export function mountsBelow(directory: string): readonly string[] {
  return parseMountPoints(readFileSync('/proc/self/mountinfo', 'latin1')).filter(
    (target) => target === directory || target.startsWith(`${directory}/`),
  );
}

/** The fifth column of each line of mountinfo (proc_pid_mountinfo(5)), its octal escapes undone. */
export function parseMountPoints(mountinfo: string): readonly string[] {
  const targets: string[] = [];
  for (const line of mountinfo.split('\n')) {
    const escaped = line.split(' ')[4];
    if (escaped === undefined) continue;
    const bytes = escaped.replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    targets.push(Buffer.from(bytes, 'latin1').toString('utf8'));
  }
  return targets;
}
