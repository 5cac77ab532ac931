/** ReadableStream and its default reader and controller (streams.spec.whatwg.org#rs). */
import { signalOf } from './abort.js';
import { defineGlobals } from './define.js';
import {
  cancelReadable,
  closeReadable,
  enqueue,
  failReadable,
  lockReadable,
  makeReadable,
  readFrom,
  releaseReader,
  tee,
} from './readable-state.js';
import { pipe } from './stream-pipe.js';
import { methodOf, rejected } from './stream-queue.js';
import { bytesOf } from './text-encoding.js';
import { writableState } from './writable-stream.js';

const INTERNAL = Symbol('internal');

/** The record of a stream. @throws TypeError for what is no ReadableStream */
export let readableState;

/** A stream of a record. */
export const readableOf = (state) => new ReadableStream(INTERNAL, state);

/** The controller object of a controller's record. */
export const controllerOf = (record) => new ReadableStreamDefaultController(INTERNAL, record);

export class ReadableStream {
  #state;

  static {
    readableState = (stream) => stream.#state;
  }

  constructor(source, strategy) {
    if (source === INTERNAL) {
      this.#state = strategy;
      return;
    }
    if (source !== undefined && (source === null || typeof source !== 'object')) {
      throw new TypeError('Cannot make a ReadableStream: its source is no object');
    }
    const algorithms = {
      start: methodOf(source, 'start'),
      pull: methodOf(source, 'pull'),
      cancel: methodOf(source, 'cancel'),
    };
    const type = source?.type;
    if (type !== undefined && String(type) !== 'bytes')
      throw new TypeError(`Invalid type of a stream ${String(type)}`);
    let controller;
    this.#state = makeReadable(
      { ...algorithms, pull: algorithms.pull && (() => algorithms.pull(controller)) },
      type === undefined
        ? strategy
        : { highWaterMark: strategy?.highWaterMark, size: (bytes) => bytes.length },
      type === undefined ? 1 : 0,
      (record) => {
        controller =
          type === undefined ? controllerOf(record) : new ReadableByteStreamController(INTERNAL, record);
        return controller;
      },
    );
  }

  /** Of what is iterable, with or without waiting. */
  static from(iterable) {
    const method = iterable?.[Symbol.asyncIterator] ?? iterable?.[Symbol.iterator];
    if (typeof method !== 'function')
      throw new TypeError('Cannot make a ReadableStream: the value is not iterable');
    const iterator = method.call(iterable);
    const pull = async () => {
      const result = await iterator.next();
      if (Object(result) !== result) throw new TypeError('The iterator gave no object');
      if (result.done) closeReadable(state.controller);
      else enqueue(state.controller, await result.value);
    };
    const state = makeReadable(
      { pull, cancel: async (reason) => void (await iterator.return?.(reason)) },
      undefined,
      0,
    );
    return readableOf(state);
  }

  get locked() {
    return this.#state.reader !== undefined;
  }

  async cancel(reason) {
    if (this.locked) throw new TypeError('Cannot cancel: the stream is locked to a reader');
    await cancelReadable(this.#state, reason);
  }

  getReader(options) {
    const mode = options?.mode;
    if (mode === undefined) return new ReadableStreamDefaultReader(this);
    throw new TypeError(`Cannot read: the mode ${String(mode)} is not supported`);
  }

  pipeThrough({ readable, writable }, options) {
    if (!(readable instanceof ReadableStream))
      throw new TypeError('Cannot pipe: expected { readable, writable }');
    this.#pipe(writable, options).catch(() => {});
    return readable;
  }

  async pipeTo(destination, options) {
    await this.#pipe(destination, options);
  }

  #pipe(destination, options) {
    const { preventClose, preventAbort, preventCancel, signal } = options ?? {};
    const source = this.#state;
    const target = writableState(destination);
    if (source.reader !== undefined || target.writer !== undefined) {
      throw new TypeError('Cannot pipe: one of the streams is locked');
    }
    const prevent = {
      close: Boolean(preventClose),
      abort: Boolean(preventAbort),
      cancel: Boolean(preventCancel),
    };
    return pipe(source, target, prevent, signalOf(signal));
  }

  tee() {
    return tee(this.#state).map(readableOf);
  }

  /** Breaking off cancels the stream, unless `preventCancel` is set. */
  values({ preventCancel = false } = {}) {
    return chunksOf(lockReadable(this.#state), Boolean(preventCancel));
  }

  [Symbol.asyncIterator](options) {
    return this.values(options);
  }

  get [Symbol.toStringTag]() {
    return 'ReadableStream';
  }
}

async function* chunksOf(reader, preventCancel) {
  const { stream } = reader;
  let isBrokenOff = true;
  try {
    for (;;) {
      isBrokenOff = false;
      const { value, done } = await readFrom(reader);
      if (done) return;
      isBrokenOff = true;
      yield value;
    }
  } finally {
    releaseReader(reader);
    if (isBrokenOff && !preventCancel) await cancelReadable(stream);
  }
}

class ReadableStreamDefaultReader {
  #state;

  constructor(stream) {
    this.#state = lockReadable(readableState(stream));
  }

  get closed() {
    return this.#state.closed.promise;
  }

  read() {
    return readFrom(this.#state);
  }

  cancel(reason) {
    const { stream } = this.#state;
    if (stream === undefined) return rejected(new TypeError('Cannot cancel: the reader was released'));
    return cancelReadable(stream, reason);
  }

  releaseLock() {
    releaseReader(this.#state);
  }

  get [Symbol.toStringTag]() {
    return 'ReadableStreamDefaultReader';
  }
}

class ReadableStreamDefaultController {
  #state;

  constructor(key, state) {
    if (key !== INTERNAL) throw new TypeError('Illegal constructor');
    this.#state = state;
  }

  get desiredSize() {
    return desiredSize(this.#state);
  }

  enqueue(chunk) {
    enqueue(this.#state, chunk);
  }

  close() {
    closeReadable(this.#state);
  }

  error(reason) {
    failReadable(this.#state.stream, reason);
  }

  get [Symbol.toStringTag]() {
    return 'ReadableStreamDefaultController';
  }
}

/** Of a source of the type `bytes`, whose chunks are views. Nobody brings a buffer of their own. */
class ReadableByteStreamController {
  #state;

  constructor(key, state) {
    if (key !== INTERNAL) throw new TypeError('Illegal constructor');
    this.#state = state;
  }

  get byobRequest() {
    return null;
  }

  get desiredSize() {
    return desiredSize(this.#state);
  }

  enqueue(chunk) {
    const bytes = bytesOf(chunk);
    if (bytes === undefined || bytes.length === 0) {
      throw new TypeError('Cannot enqueue: expected a view of an ArrayBuffer with something in it');
    }
    enqueue(this.#state, bytes);
  }

  close() {
    closeReadable(this.#state);
  }

  error(reason) {
    failReadable(this.#state.stream, reason);
  }

  get [Symbol.toStringTag]() {
    return 'ReadableByteStreamController';
  }
}

function desiredSize({ stream, queue }) {
  if (stream.state === 'errored') return null;
  return stream.state === 'closed' ? 0 : queue.room;
}

defineGlobals({
  ReadableStream,
  ReadableStreamDefaultReader,
  ReadableStreamDefaultController,
  ReadableByteStreamController,
});
