import { readFileSync } from 'node:fs';

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
