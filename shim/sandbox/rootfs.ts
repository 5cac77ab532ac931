import path from 'node:path';
import { ShimError } from '../errors.ts';
import { openMountPoint } from './app-path.ts';
import { release } from './descriptors.ts';
import { readMountOptions } from './mount-options.ts';
import { addMountAttributes, attachTree, cloneTree, MOUNT_ATTR_RDONLY, mount } from './mounts.ts';
import { openHandle } from './open.ts';
import type { RootfsMount } from './sandbox.ts';
import { reasonOf, syscall } from './syscall.ts';

/** mount(2) copies one page of options, the final NUL included. */
const MAX_MOUNT_DATA = 4095;

export interface RootfsRequest {
  readonly bundle: string;
  /** What the client wants mounted; empty when it has done so itself. */
  readonly mounts: readonly RootfsMount[];
  /** `root.path` of the spec, which then says where. */
  readonly rootPath: string;
}

/**
 * A detached tree with the image's files. Mounts are made in the calling thread's mount namespace, which must
 * be private: outside, the bundle's rootfs directory stays empty.
 */
export function openRootfs({ bundle, mounts, rootPath }: RootfsRequest): number {
  const directory = mounts.length > 0 ? path.join(bundle, 'rootfs') : path.resolve(bundle, rootPath);
  try {
    for (const entry of mounts) mountEntry(entry, directory);
    return cloneTree(directory, { recursive: true });
  } catch (error) {
    if (error instanceof ShimError) throw error;
    throw new ShimError('unknown', `Cannot mount the image at "${directory}": ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

function mountEntry(entry: RootfsMount, directory: string): void {
  const { bind, readonly, recursive, flags, data } = readMountOptions(entry.options);
  const target = entry.target === '' ? directory : resolveTarget(entry.target, directory);
  if (bind || entry.type === 'bind' || entry.type === 'rbind') {
    const tree = cloneTree(entry.source, { recursive: recursive || entry.type === 'rbind' });
    if (readonly) addMountAttributes(tree, MOUNT_ATTR_RDONLY, { recursive: false });
    const place = openHandle(target);
    attachTree(tree, place);
    release(place);
    release(tree);
    return;
  }
  if (data.includes('loop')) {
    throw new ShimError('invalid-argument', `Cannot mount "${entry.source}": loop devices are not supported`);
  }
  mount({
    source: entry.source,
    target,
    type: entry.type,
    flags,
    data: shorten(data),
  });
}

/** A place below the root, by a path that holds however the image's links are turned afterwards. */
function resolveTarget(target: string, directory: string): string {
  const root = openHandle(directory);
  const place = openMountPoint(root, target, 'directory');
  release(root);
  // Stays open as long as the spawning thread lives.
  return `/proc/thread-self/fd/${place}`;
}

/**
 * Overlays of many layers do not fit into a page of options: their common directory becomes the working
 * directory of this thread, and the paths become relative to it.
 */
function shorten(data: readonly string[]): string {
  const whole = data.join(',');
  const lower = data.find((option) => option.startsWith('lowerdir='))?.slice('lowerdir='.length);
  if (Buffer.byteLength(whole) <= MAX_MOUNT_DATA || lower === undefined) return whole;
  const directories = lower.split(':');
  const common = directories.reduce(commonDirectory, path.dirname(directories[0] ?? '/'));
  syscall('chdir', common);
  const short = directories.map((directory) => path.relative(common, directory)).join(':');
  return data.map((option) => (option.startsWith('lowerdir=') ? `lowerdir=${short}` : option)).join(',');
}

function commonDirectory(common: string, directory: string): string {
  let shared = common;
  while (!directory.startsWith(shared === '/' ? '/' : `${shared}/`)) shared = path.dirname(shared);
  return shared;
}
