import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Machine } from './machine.ts';

/** Folders that a daemon makes with its first container and shares among all, and dockerd's unmounted netns files. */
const SHARED =
  /\/(run\/containerd(\/(fifo|s|runc(\/[^/]+)?))?|io\.containerd\.runtime\.v2\.task\/[^/]+|data\/rootfs(\/overlayfs)?|exec\/netns(\/[0-9a-f]+)?|exec\/runtime-runc(\/moby)?)$/;

/** Folders that daemons keep for good once an image is there, and files that only grow. */
const KEPT =
  /\/(io\.containerd\.(content\.v1\.content|snapshotter\.v1\.overlayfs)|image|buildkit|[^/]*\.(db|log|lock))$/;

/**
 * Every file and folder in the machine that daemons or containers may have made: its tmpfs (/run, /tmp, /var
 * and so on) and its scratch folder. What is mounted on top, such as a container's root, is not looked into.
 */
export async function filesOf(machine: Machine): Promise<readonly string[]> {
  const found: string[] = [];
  for (const top of ['/', machine.directory]) {
    const root = machine.outside(top);
    await walk(root, (await stat(root)).dev, (file) => found.push(path.join(top, path.relative(root, file))));
  }
  return found;
}

/** Calls `see` for all below `directory` on the same device. */
async function walk(directory: string, device: number, see: (file: string) => void): Promise<void> {
  for (const entry of await entriesOf(directory)) {
    const file = path.join(directory, entry.name);
    if (KEPT.test(file)) continue;
    if (!entry.isDirectory()) {
      if (!SHARED.test(file)) see(describe(file, entry));
      continue;
    }
    const found = await stat(file).catch(ignoreGone);
    if (found === undefined) continue;
    if (!SHARED.test(file)) see(file);
    if (found.dev === device) await walk(file, device, see);
  }
}

function describe(file: string, entry: Dirent): string {
  if (entry.isSocket()) return `${file} (socket)`;
  if (entry.isFIFO()) return `${file} (fifo)`;
  return file;
}

async function entriesOf(directory: string): Promise<readonly Dirent[]> {
  return (await readdir(directory, { withFileTypes: true }).catch(ignoreGone)) ?? [];
}

/** A daemon may remove what is being looked at. */
function ignoreGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}
