import { once } from 'node:events';
import { pack } from 'tar-stream';
import { reasonOf } from '../errors.ts';

/** One member of an archive we write. */
export type TarMember =
  | { readonly type: 'directory'; readonly name: string }
  | { readonly type: 'symlink'; readonly name: string; readonly target: string }
  | {
      readonly type: 'file';
      readonly name: string;
      readonly executable: boolean;
      /** Bytes `content` will give; a stream of any other length fails the archive. */
      readonly size: number;
      content(): AsyncIterable<Uint8Array>;
    };

const DIRECTORY_MODE = 0o755;
const LINK_MODE = 0o777;
const EXECUTABLE_MODE = 0o755;
const FILE_MODE = 0o644;

/**
 * Writes a tar archive: POSIX ustar, and PAX where a name is long or not ASCII. Beside name, content, link target and
 * the executable bit all members are alike: root owns them and `mtime` (seconds since 1970) dates them.
 */
export async function* writeTar(
  members: Iterable<TarMember>,
  mtime: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const tar = pack();
  const reader = new AbortController();
  const common = { uid: 0, gid: 0, uname: '', gname: '', mtime: new Date(mtime * 1000) };

  async function feed(): Promise<void> {
    for (const member of members) {
      const { name, type } = member;
      if (type === 'directory') tar.entry({ ...common, name: `${name}/`, type, mode: DIRECTORY_MODE });
      else if (type === 'symlink') {
        tar.entry({ ...common, name, type, mode: LINK_MODE, linkname: member.target });
      } else {
        const mode = member.executable ? EXECUTABLE_MODE : FILE_MODE;
        const sink = tar.entry({ ...common, name, type, mode, size: member.size });
        // Whatever ends the sink ends the archive as well, and its reader reports it.
        sink.on('error', () => tar.destroy(null));
        for await (const chunk of member.content()) {
          if (!sink.write(chunk)) await once(sink, 'drain', { signal: reader.signal });
        }
        sink.end(null);
      }
    }
    tar.finalize();
  }

  // A failure must end the reader below, which waits on the tar stream and not on `feed`.
  const fed = feed().catch((error: unknown) => {
    tar.destroy(error instanceof Error ? error : new Error(reasonOf(error)));
  });
  try {
    yield* tar as AsyncIterable<Uint8Array>;
  } finally {
    tar.destroy(null);
    reader.abort();
    await fed;
  }
}
