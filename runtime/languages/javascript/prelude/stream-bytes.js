/** Streams of bytes that are there already, and bytes of a stream. */
import {
  cancelReadable,
  closeReadable,
  enqueue,
  lockReadable,
  makeReadable,
  readFrom,
} from './readable-state.js';
import { readableOf, readableState } from './readable-stream.js';

const CHUNK_BYTES = 64 * 1024;

/** A stream of `bytes`, in chunks that are views of it. */
export function streamOfBytes(bytes) {
  let at = 0;
  const pull = () => {
    if (at < bytes.length) enqueue(state.controller, bytes.subarray(at, at + CHUNK_BYTES));
    at += CHUNK_BYTES;
    if (at >= bytes.length) closeReadable(state.controller);
  };
  const state = makeReadable({ pull }, undefined, 0);
  return readableOf(state);
}

/** Whether reading from it has begun, or only its reader may. */
export function isUsed(stream) {
  const { isDisturbed, reader } = readableState(stream);
  return isDisturbed || reader !== undefined;
}

/**
 * Hands each chunk of `stream` to `take`, and waits for what that returns; a stream that fails, holds something else than bytes, or is not taken any
 * more rejects.
 */
export async function readChunks(stream, take) {
  if (isUsed(stream)) throw new TypeError('Cannot read the body: its stream was used already');
  const state = readableState(stream);
  const reader = lockReadable(state);
  try {
    for (;;) {
      const { value, done } = await readFrom(reader);
      if (done) return;
      if (!(value instanceof Uint8Array)) {
        throw new TypeError('Cannot read the body: its stream gave a chunk that is no Uint8Array');
      }
      await take(value);
    }
  } catch (error) {
    cancelReadable(state, error).catch(() => {});
    throw error;
  }
}

/** Of bodies that were read as streams. */
const streams = new WeakMap();

function opened(body) {
  if (!streams.has(body)) streams.set(body, streamOfBytes(body));
  return streams.get(body);
}

/**
 * A body that came whole, as wws has it: bytes. It can be read as the stream of the standard as well, which is made
 * at the first use.
 */
export class ReceivedBody extends Uint8Array {
  static get [Symbol.species]() {
    return Uint8Array;
  }

  get locked() {
    return opened(this).locked;
  }

  getReader(options) {
    return opened(this).getReader(options);
  }

  cancel(reason) {
    return opened(this).cancel(reason);
  }

  tee() {
    return opened(this).tee();
  }

  pipeTo(destination, options) {
    return opened(this).pipeTo(destination, options);
  }

  pipeThrough(transform, options) {
    return opened(this).pipeThrough(transform, options);
  }

  [Symbol.asyncIterator](options) {
    return opened(this).values(options);
  }
}
