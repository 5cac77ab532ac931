import { rmSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import type { ProjectWorker } from '#runtime/project/load.ts';
import { scratchDirectory } from '#runtime/scratch-directory.ts';

/**
 * A directory for files that interpreted workers are to find, and that the project does not have: it may be
 * read-only. All guest threads of a site write into it, each what it needs.
 */
export class SiteScratch implements Disposable {
  /** Absolute, without links. */
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
    process.once('exit', this.#remove);
  }

  /** Undefined where no worker needs one. */
  static async for(workers: readonly ProjectWorker[]): Promise<SiteScratch | undefined> {
    const isNeeded = workers.some(({ guest }) => 'language' in guest && guest.language === 'interpreted');
    if (!isNeeded) return undefined;
    return new SiteScratch(await realpath(await scratchDirectory('wws-site-')));
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#remove);
    this.#remove();
  }

  readonly #remove = (): void => rmSync(this.directory, { recursive: true, force: true });
}
