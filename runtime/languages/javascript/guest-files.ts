import type { Preopen } from '#runtime/wasi/preopen.ts';
import type { WorkerLimits } from '#runtime/worker-limits.ts';
import type { Engine } from './engine.ts';
import type { Box } from './engine-exports.ts';
import { callFile } from './file-calls.ts';
import { FileOperations } from './file-operations.ts';
import { OpenFolders } from './open-folders.ts';

/** The folders of a worker as one guest uses them; disposing closes what its request has opened. */
export class GuestFiles implements Disposable {
  readonly #folders: OpenFolders;
  readonly #operations: FileOperations;

  /** `onFull` is told each time that the worker may open no more. */
  constructor(
    preopens: readonly Preopen[],
    { files, memory }: Pick<WorkerLimits, 'files' | 'memory'>,
    onFull: () => void,
  ) {
    this.#folders = new OpenFolders(preopens, files, onFull);
    this.#operations = new FileOperations(this.#folders, memory);
  }

  /** Answers `file` of the prelude. */
  call(engine: Engine, args: readonly Box[]): Box | undefined {
    return callFile(this.#operations, engine, args);
  }

  [Symbol.dispose](): void {
    this.#folders[Symbol.dispose]();
  }
}
