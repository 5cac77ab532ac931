import { spawnSync } from 'node:child_process';

import path from 'node:path';
import { ShimError } from '../errors.ts';
import { openOwned, release } from './descriptors.ts';
import { containerAttributes } from './mount-options.ts';
import {
  addMountAttributes,
  attachTree,
  cloneTree,
  type FilesystemOption,
  isMissing,
  makePrivate,
  newFilesystem,
} from './mounts.ts';
import { openHandle } from './open.ts';
import { CLONE_FS, chroot, fchdir, NAMESPACE_FLAGS, setns, unshare } from './sys.ts';

/** Processes only, of these only what the reader could trace: no kernel settings, no other container. */
export const PROC_OPTIONS: readonly FilesystemOption[] = [
  ['subset', 'pid'],
  ['hidepid', 'ptraceable'],
];
export const PROC_ATTRIBUTES: number = containerAttributes({ readonly: true });

/** Whether the calling thread is as it was before, or has to end. */
export type AfterDance = 'reusable' | 'spoilt';

/**
 * Mounts /proc of the process `pid`'s pid namespace at its /proc. This is done from outside, once the process is
 * there: the kernel gives a pid namespace's /proc to its members, or, from 6.17 on, to who can name it.
 *
 * @param scratch a directory to mount on in passing, in a mount namespace nobody else sees
 */
export function attachProc(pid: number, scratch: string): AfterDance {
  const pidNamespace = openOwned(`/proc/${pid}/ns/pid`);
  const mountNamespace = openOwned(`/proc/${pid}/ns/mnt`);
  const home = openOwned('/proc/thread-self/ns/mnt');
  const root = openHandle('/');
  let after: AfterDance = 'reusable';
  let tree: number | undefined;
  try {
    tree = newProcByName(pidNamespace);
    if (tree === undefined) {
      after = 'spoilt';
      tree = newProcByMember(pidNamespace, scratch);
    }
    unshare(CLONE_FS);
    setns(mountNamespace, NAMESPACE_FLAGS.mount);
    const place = openHandle('/proc');
    attachTree(tree, place);
    release(place);
    setns(home, NAMESPACE_FLAGS.mount);
    // setns() has put this thread at the top of its namespace, which need not be the root it had.
    fchdir(root);
    chroot('.');
    return after;
  } finally {
    for (const fd of [pidNamespace, mountNamespace, home, root, ...(tree === undefined ? [] : [tree])]) {
      release(fd);
    }
  }
}

function newProcByName(pidNamespace: number): number | undefined {
  try {
    return newFilesystem('proc', [['pidns', { fd: pidNamespace }], ...PROC_OPTIONS], PROC_ATTRIBUTES);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** mount(8) is run as a member of the pid namespace, and what it has mounted is taken from its place. */
export function newProcByMember(pidNamespace: number, scratch: string): number {
  unshare(NAMESPACE_FLAGS.mount);
  makePrivate();
  setns(pidNamespace, NAMESPACE_FLAGS.pid);
  const options = `subset=pid,hidepid=ptraceable`;
  const { status, error, stderr } = spawnSync('mount', ['-t', 'proc', '-o', options, 'proc', scratch], {
    encoding: 'utf8',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status !== 0) {
    const reason = error?.message ?? stderr.trim();
    throw new ShimError('unknown', `Cannot mount /proc for the container at "${scratch}": ${reason}`);
  }
  const tree = cloneTree(scratch, { recursive: false });
  addMountAttributes(tree, PROC_ATTRIBUTES, { recursive: false });
  return tree;
}

/** The scratch directory of the runtime's tree, which is there in every installation. */
export function procScratch(runtimeRoot: string): string {
  return path.join(runtimeRoot, 'proc');
}
