import { realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Limits } from '#runtime/settings.ts';
import { KeptFile } from './kept-file.ts';
import { KeptFiles } from './kept-files.ts';
import { type OpenFile, openPublicFile } from './public-file.ts';
import { PublicNames } from './public-names.ts';

/** A regular file of `public/`: in memory, or open, and then whoever has it closes it. */
export type Asset = KeptFile | OpenFile;

type AssetsLimits = Pick<Limits, 'publicBytes' | 'settledMs'>;

/** Larger files are read for each request. */
const KEPT_FILE_BYTES = 65_536;

const NOTHING = Promise.resolve(undefined);

/**
 * The files of `public/` by request path. Small ones are kept in memory, and for each request the file system is
 * asked, after it came, whether they are still what their names lead to: nobody is shown what has changed or gone.
 * What has changed just now is not kept: clocks of file systems tick up to two seconds apart, and a second change
 * within one tick would not show.
 */
export class Assets {
  readonly #root: string;
  readonly #settledMs: number;
  readonly #kept: KeptFiles;
  readonly #names: PublicNames;

  /** `root` without symbolic links. */
  private constructor(root: string, { publicBytes, settledMs }: AssetsLimits) {
    this.#root = root;
    this.#kept = new KeptFiles(publicBytes);
    this.#names = new PublicNames(root, settledMs);
    this.#settledMs = settledMs;
  }

  static async open(directory: string, limits: AssetsLimits): Promise<Assets> {
    return new Assets(await realpath(directory), limits);
  }

  /**
   * The file for a path's decoded segments: itself, `index.html` in it, or itself with `.html`.
   * Names with a leading `.` are private, except `.well-known` (RFC 8615).
   */
  find(segments: readonly string[]): Promise<Asset | undefined> {
    if (segments.some(isPrivate)) return NOTHING;
    const asked = segments.join('/');
    const kept = this.#kept.get(asked);
    if (kept === undefined)
      return this.#names.mayLead(segments).then((may) => (may ? this.#open(asked) : undefined));
    return kept.isCurrent().then((isCurrent) => {
      if (isCurrent) return kept;
      this.#kept.delete(asked);
      return this.#open(asked);
    });
  }

  async #open(asked: string): Promise<Asset | undefined> {
    const name = path.join(this.#root, asked);
    const found = await openPublicFile(this.#root, name);
    if (found === 'directory') {
      const index = await openPublicFile(this.#root, path.join(name, 'index.html'));
      return typeof index === 'object' ? await this.#keep(asked, index) : undefined;
    }
    if (found !== undefined) return await this.#keep(asked, found);
    const page = await openPublicFile(this.#root, `${name}.html`);
    return typeof page === 'object' ? await this.#keep(asked, page, name) : undefined;
  }

  /** Reads the file and closes it, if it is one to be kept. */
  async #keep(asked: string, file: OpenFile, absent?: string): Promise<Asset> {
    const isSettled = Date.now() - file.changed >= this.#settledMs;
    if (file.size > KEPT_FILE_BYTES || !isSettled || !this.#kept.isOpen) return file;
    const content = await readWhole(file);
    if (content === undefined) return file;
    await file.handle.close();
    const kept = new KeptFile(file, content, absent);
    this.#kept.add(asked, kept);
    return kept;
  }
}

/** Undefined when it has shrunk meanwhile. The file stays open but for errors. */
async function readWhole({ handle, size }: OpenFile): Promise<Buffer | undefined> {
  try {
    const content = Buffer.allocUnsafeSlow(size);
    const { bytesRead } = await handle.read(content, 0, size, 0);
    return bytesRead === size ? content : undefined;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function isPrivate(segment: string, index: number): boolean {
  return segment.startsWith('.') && !(index === 0 && segment === '.well-known');
}
