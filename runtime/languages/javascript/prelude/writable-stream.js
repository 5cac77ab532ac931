/** WritableStream, its writer and its controller (streams.spec.whatwg.org#ws). */
import { defineGlobals } from './define.js';
import { methodOf, rejected } from './stream-queue.js';
import {
  abortWritable,
  closeWritable,
  desiredSize,
  failIfWritable,
  isClosed,
  lockWritable,
  makeWritable,
  releaseWriter,
  writeTo,
} from './writable-state.js';

const INTERNAL = Symbol('internal');

/** The record of a stream. @throws TypeError for what is no WritableStream */
export let writableState;

/** A stream of a record. */
export const writableOf = (state) => new WritableStream(INTERNAL, state);

export class WritableStream {
  #state;

  static {
    writableState = (stream) => stream.#state;
  }

  constructor(sink, strategy) {
    if (sink === INTERNAL) {
      this.#state = strategy;
      return;
    }
    if (sink?.type !== undefined) throw new RangeError('Cannot make a WritableStream: its sink has a type');
    const [start, write, close, abort] = ['start', 'write', 'close', 'abort'].map((name) =>
      methodOf(sink, name),
    );
    let controller;
    this.#state = makeWritable(
      { start, write: write && ((chunk) => write(chunk, controller)), close, abort },
      strategy,
      1,
      (record) => {
        controller = new WritableStreamDefaultController(INTERNAL, record);
        return controller;
      },
    );
  }

  get locked() {
    return this.#state.writer !== undefined;
  }

  getWriter() {
    return new WritableStreamDefaultWriter(this);
  }

  abort(reason) {
    if (this.locked) return rejected(new TypeError('Cannot abort: the stream is locked to a writer'));
    return abortWritable(this.#state, reason);
  }

  close() {
    if (this.locked) return rejected(new TypeError('Cannot close: the stream is locked to a writer'));
    return closeWritable(this.#state);
  }

  get [Symbol.toStringTag]() {
    return 'WritableStream';
  }
}

class WritableStreamDefaultWriter {
  #state;

  constructor(stream) {
    this.#state = lockWritable(writableState(stream));
  }

  get closed() {
    return this.#state.closed.promise;
  }

  get ready() {
    return this.#state.ready.promise;
  }

  get desiredSize() {
    const { stream } = this.#state;
    if (stream === undefined) throw new TypeError('The writer was released');
    return desiredSize(stream);
  }

  write(chunk) {
    return writeTo(this.#state, chunk);
  }

  close() {
    const { stream } = this.#state;
    if (stream === undefined) return rejected(new TypeError('Cannot close: the writer was released'));
    return closeWritable(stream);
  }

  abort(reason) {
    const { stream } = this.#state;
    if (stream === undefined) return rejected(new TypeError('Cannot abort: the writer was released'));
    return abortWritable(stream, reason);
  }

  releaseLock() {
    releaseWriter(this.#state);
  }

  get [Symbol.toStringTag]() {
    return 'WritableStreamDefaultWriter';
  }
}

class WritableStreamDefaultController {
  #state;

  constructor(key, state) {
    if (key !== INTERNAL) throw new TypeError('Illegal constructor');
    this.#state = state;
  }

  get signal() {
    return this.#state.aborting.signal;
  }

  error(reason) {
    failIfWritable(this.#state.stream, reason);
  }

  get [Symbol.toStringTag]() {
    return 'WritableStreamDefaultController';
  }
}

export { isClosed };

defineGlobals({ WritableStream, WritableStreamDefaultWriter, WritableStreamDefaultController });
