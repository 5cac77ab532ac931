/** Runs pieces of asynchronous work one after the other, in the order they came. */
export class PromiseQueue {
  #tail: Promise<unknown> = Promise.resolve();

  /** Settles as `work` does; a failure is the caller's and does not stop what comes behind. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => undefined);
    return result;
  }
}
