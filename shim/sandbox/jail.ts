import { existsSync, fstatSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { AppMount, Entrypoint } from '#runtime/contract.ts';
import { ShimError } from '../errors.ts';
import { ETC_FILES, mountVolume, useOf } from './container-mounts.ts';
import { release } from './descriptors.ts';
import { identifyEntrypoint } from './entrypoint.ts';
import type { LinuxNamespaces } from './linux-namespaces.ts';
import { containerAttributes } from './mount-options.ts';
import {
  addMountAttributes,
  attachTree,
  cloneTree,
  KERNEL_FILESYSTEM_TYPES,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  makePrivate,
  newFilesystem,
  pivotInto,
} from './mounts.ts';
import { dup, makeFileAt, openHandle, openHandleInRoot } from './open.ts';
import { PROC_ATTRIBUTES, PROC_OPTIONS } from './proc-mount.ts';
import { openRootfs, type RootfsRequest } from './rootfs.ts';
import type { Spec } from './spec.ts';
import { reasonOf } from './syscall.ts';

const DEVICES = ['null', 'zero', 'full', 'random', 'urandom'] as const;
const TMP_SIZE = '64m';

export interface JailRequest {
  readonly spec: Spec;
  readonly rootfs: RootfsRequest;
  /** The tree that becomes `/`. */
  readonly runtimeRoot: string;
  readonly linuxNamespaces: LinuxNamespaces;
}

export interface Jail {
  readonly entrypoint: Entrypoint;
  readonly mounts: readonly AppMount[];
}

/**
 * Makes the calling thread's mount namespace a container's: the runtime's tree is `/`, read-only, and holds the
 * image and its volumes below /app. The thread must be in a new mount namespace already; nothing of what is
 * done here can be seen outside it, and it is gone when its last process is.
 */
export function enterJail(request: JailRequest): Jail {
  const { spec, runtimeRoot } = request;
  makePrivate();
  const image = openRootfs(request.rootfs);
  const root = cloneTree(runtimeRoot, { recursive: false });
  addMountAttributes(root, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, { recursive: false });
  const runtimePlace = openHandle(runtimeRoot);
  attachTree(root, runtimePlace);
  release(runtimePlace);

  const place = (tree: number, name: string): void => {
    const target = openHandleInRoot(root, name);
    attachTree(tree, target);
    release(target);
    release(tree);
  };
  const sharedPids = sharesPids(request.linuxNamespaces);
  place(newTmp(), 'tmp');
  placeDevices(place);
  placeEtc(spec, request.linuxNamespaces, place);
  if (sharedPids) place(newFilesystem('proc', PROC_OPTIONS, PROC_ATTRIBUTES), 'proc');

  addMountAttributes(image, containerAttributes({ readonly: false }), { recursive: true });
  place(dup(image), 'app');
  const mounts = spec.mounts
    .filter((mount) => useOf(mount) === 'volume')
    .map((mount) => mountVolume(image, mount))
    .filter((mount) => mount !== undefined);
  if (spec.root.readonly) addMountAttributes(image, MOUNT_ATTR_RDONLY, { recursive: false });
  const entrypoint = identifyEntrypoint(image, spec.process.cwd, spec.process.args[0] ?? '');
  release(image);

  refuseKernelMounts(root, sharedPids);
  pivotInto(root);
  release(root);
  return { entrypoint, mounts };
}

function sharesPids({ joined, made }: LinuxNamespaces): boolean {
  return !joined.has('pid') && !made.has('pid');
}

type Place = (tree: number, name: string) => void;

function newTmp(): number {
  const options = [
    ['size', TMP_SIZE],
    ['mode', '1777'],
  ] as const;
  return newFilesystem('tmpfs', options, containerAttributes({ readonly: false }));
}

/**
 * Device files that hold no state, as read-only mounts of the host's: that forbids to change their mode or
 * owner, which a root user could otherwise do to the host, but not to write to them.
 */
function placeDevices(place: Place): void {
  const attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
  const options = [
    ['size', '64k'],
    ['mode', '755'],
  ] as const;
  const dev = newFilesystem('tmpfs', options, attributes);
  for (const name of DEVICES) release(makeFileAt(dev, name));
  place(dup(dev), 'dev');
  for (const name of DEVICES) {
    const device = cloneTree(`/dev/${name}`, { recursive: false });
    if (!fstatSync(device).isCharacterDevice()) {
      throw new ShimError(
        'unknown',
        `Cannot give the container "/dev/${name}": it is no device on this host`,
      );
    }
    addMountAttributes(device, attributes | MOUNT_ATTR_RDONLY, { recursive: false });
    place(device, `dev/${name}`);
  }
  addMountAttributes(dev, MOUNT_ATTR_RDONLY, { recursive: false });
  release(dev);
}

/** The runtime's own name resolution: what the client gives, else the host's where the network is the host's. */
function placeEtc(spec: Spec, { joined, made }: LinuxNamespaces, place: Place): void {
  const given = new Map(
    spec.mounts
      .filter((mount) => useOf(mount) === 'etc')
      .map((mount) => [path.posix.basename(mount.destination), mount.source]),
  );
  const hostNetwork = !joined.has('network') && !made.has('network');
  for (const file of ETC_FILES) {
    const fallback = file === 'resolv.conf' || (file === 'hosts' && hostNetwork) ? `/etc/${file}` : undefined;
    const source = given.get(file) ?? (fallback !== undefined && existsSync(fallback) ? fallback : undefined);
    if (source === undefined) continue;
    let tree: number;
    try {
      tree = cloneTree(source, { recursive: false });
    } catch (error) {
      const what = `Cannot mount "${source}" at "/etc/${file}": ${reasonOf(error)}`;
      throw new ShimError('invalid-argument', what, { cause: error });
    }
    addMountAttributes(tree, containerAttributes({ readonly: true }), { recursive: false });
    place(tree, `etc/${file}`);
  }
}

/** A bind mount brings along what is mounted below its source: nothing of the kernel may come in that way. */
function refuseKernelMounts(root: number, procIsOurs: boolean): void {
  const table = readFileSync('/proc/thread-self/mountinfo', 'utf8').trim().split('\n').map(parseMount);
  const rootId = /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/thread-self/fdinfo/${root}`, 'utf8'))?.[1];
  const base = table.find(({ id }) => id === rootId)?.place;
  if (base === undefined) throw new Error('Cannot check the mounts of the container: its root is not listed');
  const below = (parent: string): readonly MountLine[] =>
    table.filter((line) => line.parent === parent).flatMap((line) => [line, ...below(line.id)]);
  for (const { place, type, source } of below(rootId ?? '')) {
    const inside = path.posix.relative(base, place);
    if (!KERNEL_FILESYSTEM_TYPES.has(type) || (procIsOurs && inside === 'proc')) continue;
    throw new ShimError(
      'invalid-argument',
      `Cannot give the container "${inside.slice('app'.length)}": ${type} "${source}", mounted below a volume, belongs to the kernel`,
    );
  }
}

interface MountLine {
  readonly id: string;
  readonly parent: string;
  readonly source: string;
  readonly place: string;
  readonly type: string;
}

/** A line of proc_pid_mountinfo(5). */
function parseMount(line: string): MountLine {
  const [left = '', right = ''] = line.split(' - ');
  const [id = '', parent = '', , source = '', place = ''] = left.split(' ');
  return { id, parent, source, place, type: right.split(' ')[0] ?? '' };
}
