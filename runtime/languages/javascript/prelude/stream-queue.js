/** What the streams share (streams.spec.whatwg.org#queue-with-sizes, #qs). */
import { defineGlobals } from './define.js';

/** A promise to be settled from outside, which nobody has to listen to. */
export function deferred() {
  const { promise, resolve, reject } = Promise.withResolvers();
  promise.catch(() => {});
  return { promise, resolve, reject };
}

/** A promise that is rejected already, which nobody has to listen to. */
export function rejected(reason) {
  const promise = Promise.reject(reason);
  promise.catch(() => {});
  return promise;
}

/** `object[name]` bound to `object`; undefined where there is none. */
export function methodOf(object, name) {
  const method = object?.[name];
  if (method === undefined) return undefined;
  if (typeof method !== 'function') throw new TypeError(`Cannot make a stream: ${name} is no function`);
  return (...args) => Reflect.apply(method, object, args);
}

/** Runs `algorithm`, which may be undefined, and promises what it comes to. */
export async function run(algorithm, ...args) {
  return await algorithm?.(...args);
}

/** Chunks with their sizes, as a strategy measures them. */
export class ChunkQueue {
  #chunks = [];
  #size;
  highWaterMark;
  total = 0;

  constructor(strategy, highWaterMark) {
    const { highWaterMark: wanted, size } = strategy ?? {};
    if (size !== undefined && typeof size !== 'function') {
      throw new TypeError('Cannot make a stream: the size of a strategy is a function');
    }
    this.highWaterMark = wanted === undefined ? highWaterMark : Number(wanted);
    if (!(this.highWaterMark >= 0)) throw new RangeError(`Invalid highWaterMark ${String(wanted)}`);
    this.#size = size;
  }

  get length() {
    return this.#chunks.length;
  }

  /** What it takes until the reader is behind; may be negative. */
  get room() {
    return this.highWaterMark - this.total;
  }

  /** @throws RangeError for a size that is none, and whatever the strategy throws */
  measure(chunk) {
    if (this.#size === undefined) return 1;
    const size = Number(this.#size.call(undefined, chunk));
    if (!(size >= 0 && size < Number.POSITIVE_INFINITY))
      throw new RangeError(`Invalid size of a chunk ${size}`);
    return size;
  }

  push(chunk, size) {
    this.#chunks.push({ chunk, size });
    this.total += size;
  }

  peek() {
    return this.#chunks[0].chunk;
  }

  shift() {
    const { chunk, size } = this.#chunks.shift();
    this.total = this.#chunks.length === 0 ? 0 : this.total - size;
    return chunk;
  }

  clear() {
    this.#chunks = [];
    this.total = 0;
  }
}

class CountQueuingStrategy {
  #highWaterMark;

  constructor({ highWaterMark }) {
    this.#highWaterMark = Number(highWaterMark);
  }

  get highWaterMark() {
    return this.#highWaterMark;
  }

  get size() {
    return () => 1;
  }

  get [Symbol.toStringTag]() {
    return 'CountQueuingStrategy';
  }
}

class ByteLengthQueuingStrategy {
  #highWaterMark;

  constructor({ highWaterMark }) {
    this.#highWaterMark = Number(highWaterMark);
  }

  get highWaterMark() {
    return this.#highWaterMark;
  }

  get size() {
    return (chunk) => chunk.byteLength;
  }

  get [Symbol.toStringTag]() {
    return 'ByteLengthQueuingStrategy';
  }
}

defineGlobals({ CountQueuingStrategy, ByteLengthQueuingStrategy });
