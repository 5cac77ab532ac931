/** What a guest says of a body that goes on after the head of its answer. */
export type BodyStep =
  /** More of it; answered when there is room for more. */
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  /** That was all, or there will be no more for the reason given. */
  | { readonly type: 'end'; readonly problem?: string }
  /** Answered when nobody reads the body any more. */
  | { readonly type: 'watch' };

/** Where a body goes to. Told nothing after its end. */
export interface BodySink {
  /** Takes bytes at once; what it returns settles when more may come. */
  write(bytes: Uint8Array): void | Promise<void>;
  /** `problem`: why the body is not whole. */
  end(problem: string | undefined): void;
}

const NOBODY: BodySink = { write: () => {}, end: () => {} };

/** The main thread's part in a body that is sent as it is made: hands it on once there is somebody to take it. */
export class BodyRelay {
  readonly #sink = Promise.withResolvers<BodySink>();
  readonly #gone = Promise.withResolvers<void>();
  #isOver = false;

  attach(sink: BodySink): void {
    this.#sink.resolve(sink);
  }

  /** Nobody reads it, or not any more. */
  cancel(): void {
    this.#gone.resolve();
    this.#sink.resolve(NOBODY);
  }

  async serve(step: BodyStep): Promise<void> {
    if (step.type === 'watch') return await this.#gone.promise;
    if (step.type === 'end') return this.end(step.problem);
    const sink = await this.#sink.promise;
    await Promise.race([sink.write(step.bytes), this.#gone.promise]);
  }

  /** Behind all bytes that came before. The first end stands. */
  end(problem?: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    void this.#sink.promise.then((sink) => sink.end(problem));
  }
}
