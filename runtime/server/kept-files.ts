import type { KeptFile } from './kept-file.ts';

/** Files in memory by the path they were asked by, up to a bound. */
export class KeptFiles {
  readonly #maxBytes: number;
  readonly #files = new Map<string, KeptFile>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether anything can be kept. */
  get isOpen(): boolean {
    return this.#maxBytes > 0;
  }

  get(path: string): KeptFile | undefined {
    const file = this.#files.get(path);
    if (file !== undefined) file.isUsed = true;
    return file;
  }

  /** Nothing happens to one that alone would be too much. */
  add(path: string, file: KeptFile): void {
    this.delete(path);
    if (file.weight > this.#maxBytes) return;
    this.#makeRoom(file.weight);
    this.#files.set(path, file);
    this.#bytes += file.weight;
  }

  delete(path: string): void {
    const file = this.#files.get(path);
    if (file === undefined) return;
    this.#files.delete(path);
    this.#bytes -= file.weight;
  }

  /** The oldest go first; those that were asked for meanwhile get another round. */
  #makeRoom(bytes: number): void {
    for (const [path, file] of this.#files) {
      if (this.#bytes + bytes <= this.#maxBytes) return;
      this.delete(path);
      if (!file.isUsed) continue;
      file.isUsed = false;
      this.#files.set(path, file);
      this.#bytes += file.weight;
    }
  }
}
