import type { Project } from '#runtime/project/scan.ts';
import { type Fingerprint, fingerprint } from './fingerprint.ts';
import { SourceStore } from './source-store.ts';

/** So many states of a project are kept: requests may be under way on one that was replaced. */
const MOST = 8;

/** States of a project as it changes, with the files each is made of. */
export class Snapshots implements Disposable {
  readonly #store: SourceStore;
  readonly #taken: Fingerprint[] = [];

  private constructor(store: SourceStore) {
    this.#store = store;
  }

  static async make(): Promise<Snapshots> {
    return new Snapshots(await SourceStore.make());
  }

  get last(): Fingerprint {
    return this.#taken.at(-1) ?? new Map();
  }

  async take(project: Project): Promise<Fingerprint> {
    const taken = await fingerprint(project, this.last, (file) => this.#store.add(file));
    this.#taken.push(taken);
    if (this.#taken.length > MOST) {
      this.#taken.shift();
      const hashes = this.#taken.flatMap((prints) => [...prints.values()].map(({ hash }) => hash));
      await this.#store.keep(new Set(hashes));
    }
    return taken;
  }

  /** Where a worker's file lies as it was when the last snapshot was taken; undefined if it was not there. */
  sourceOf(name: string): string | undefined {
    const print = this.last.get(name);
    return print === undefined || print.status === '' ? undefined : this.#store.pathOf(print.hash);
  }

  [Symbol.dispose](): void {
    this.#store[Symbol.dispose]();
  }
}
