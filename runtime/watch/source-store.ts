import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, rmSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { scratchDirectory } from '#runtime/scratch-directory.ts';

/**
 * Copies of files by their content. A guest thread may load a worker long after the project was read; from here
 * it gets what was read then, whatever has become of the file.
 */
export class SourceStore implements Disposable {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
    process.once('exit', this.#clear);
  }

  static async make(): Promise<SourceStore> {
    return new SourceStore(await scratchDirectory('wws-watch-'));
  }

  /** Copies a file as it is now and answers its SHA-256. */
  async add(file: string): Promise<string> {
    const scratch = this.pathOf(`.${randomUUID()}`);
    const hash = createHash('sha256');
    const digest = new Transform({
      transform: (chunk, _encoding, done) => {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    try {
      await pipeline(createReadStream(file), digest, createWriteStream(scratch));
      const name = hash.digest('hex');
      await rename(scratch, this.pathOf(name));
      return name;
    } catch (error) {
      await rm(scratch, { force: true });
      throw error;
    }
  }

  pathOf(hash: string): string {
    return path.join(this.#directory, hash);
  }

  /** Removes all others. */
  async keep(hashes: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(this.#directory))
      if (!hashes.has(name)) await rm(this.pathOf(name), { force: true });
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#clear);
    this.#clear();
  }

  readonly #clear = (): void => rmSync(this.#directory, { recursive: true, force: true });
}
