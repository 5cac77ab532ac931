import { type FSWatcher, watch } from 'node:fs';
import path from 'node:path';

/**
 * Watches directories, not what lies below them. Node's own recursive watch is not used: it takes one inotify
 * watch for each file as well, and loses what is made in a new directory before it has seen that.
 */
export class DirectoryWatch implements Disposable {
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #onChange: () => void;

  /** `onChange` is called for each change, and says nothing of what it was. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /**
   * Watches these from now on. Answers whether any is new: what was made in it before has not been noticed.
   *
   * @throws the system's error when it has no watch left (ENOSPC, EMFILE)
   */
  use(directories: readonly string[]): boolean {
    const wanted = new Set(directories);
    for (const directory of this.#watchers.keys()) if (!wanted.has(directory)) this.#drop(directory);
    let isNew = false;
    for (const directory of wanted) {
      if (this.#watchers.has(directory)) continue;
      isNew = this.#add(directory) || isNew;
    }
    return isNew;
  }

  #add(directory: string): boolean {
    let watcher: FSWatcher;
    try {
      watcher = watch(directory, { persistent: false }, (event, name) =>
        this.#changed(directory, event, name),
      );
    } catch (error) {
      // It went away after it was seen: that is a change of its parent, which is watched.
      if (['ENOENT', 'ENOTDIR', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
      throw error;
    }
    watcher.on('error', () => {
      this.#drop(directory);
      this.#onChange();
    });
    this.#watchers.set(directory, watcher);
    return true;
  }

  #changed(directory: string, event: string, name: string | null): void {
    // A watch is of the directory that was, not of one that takes its name.
    if (event === 'rename' && name !== null) {
      if (name === path.basename(directory)) this.#drop(directory);
      const below = path.join(directory, name);
      for (const other of [...this.#watchers.keys()])
        if (other === below || other.startsWith(`${below}/`)) this.#drop(other);
    }
    this.#onChange();
  }

  #drop(directory: string): void {
    this.#watchers.get(directory)?.close();
    this.#watchers.delete(directory);
  }

  [Symbol.dispose](): void {
    for (const directory of [...this.#watchers.keys()]) this.#drop(directory);
  }
}
