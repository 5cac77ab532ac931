import { constants, type FileHandle, open } from 'node:fs/promises';
import { ImageError, reasonOf } from '../errors.ts';
import type { TarMember } from '../tar/write.ts';
import type { FileEntry, LayerEntry } from './entry.ts';

const READ_SIZE = 256 * 1024;

/** An entry as a member of the layer's archive. */
export function memberOf(entry: LayerEntry): TarMember {
  const name = entry.path;
  if (entry.kind === 'directory') return { type: 'directory', name };
  if (entry.kind === 'link') return { type: 'symlink', name, target: entry.target };
  const { size, executable } = entry;
  return { type: 'file', name, executable, size, content: () => contentOf(entry) };
}

/** Exactly `entry.size` bytes, since the header with the size is written before them. */
async function* contentOf(entry: FileEntry): AsyncGenerator<Uint8Array, void, undefined> {
  await using file = await openRegular(entry);
  for (let left = entry.size; left > 0; ) {
    const { bytesRead, buffer } = await file.read(
      Buffer.allocUnsafe(READ_SIZE),
      0,
      Math.min(left, READ_SIZE),
    );
    if (bytesRead === 0) throw changed(entry);
    left -= bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
  if ((await file.stat()).size !== entry.size) throw changed(entry);
}

/** O_NONBLOCK, and a second look: what was a file when the directory was read may be a fifo by now. */
async function openRegular(entry: FileEntry): Promise<FileHandle> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(entry.source, flags).catch((error: unknown) => {
    throw new ImageError('app-invalid', `Cannot read "${entry.path}": ${reasonOf(error)}`, { cause: error });
  });
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw changed(entry);
}

function changed(entry: FileEntry): ImageError {
  return new ImageError('app-invalid', `Cannot add "${entry.path}": it changed while it was read`);
}
