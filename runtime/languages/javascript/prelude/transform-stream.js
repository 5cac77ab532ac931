/** TransformStream (streams.spec.whatwg.org#ts). */
import { defineGlobals } from './define.js';
import { closeReadable, enqueue, failReadable, makeReadable, takesMore } from './readable-state.js';
import { readableOf } from './readable-stream.js';
import { deferred, methodOf, run } from './stream-queue.js';
import { failIfWritable, makeWritable } from './writable-state.js';
import { writableOf } from './writable-stream.js';

const INTERNAL = Symbol('internal');

export class TransformStream {
  #readable;
  #writable;

  constructor(transformer, writableStrategy, readableStrategy) {
    for (const name of ['readableType', 'writableType']) {
      if (transformer?.[name] !== undefined)
        throw new RangeError(`Cannot make a TransformStream: it has a ${name}`);
    }
    const [start, transform, flush, cancel] = ['start', 'transform', 'flush', 'cancel'].map((name) =>
      methodOf(transformer, name),
    );
    const started = deferred();
    /** Pending while the readable side is full. */
    let room = deferred();
    /** How the two sides end, once one of them has begun to. */
    let ending;
    const fail = (error) => {
      failReadable(readable, error);
      failWritable(error);
    };
    const failWritable = (error) => {
      failIfWritable(writable, error);
      room.resolve(undefined);
    };
    const readable = makeReadable(
      {
        start: () => started.promise,
        pull: () => room.resolve(undefined),
        cancel: (reason) => {
          ending ??= run(cancel, reason).then(
            () => failWritable(reason),
            (error) => {
              failWritable(error);
              throw error;
            },
          );
          return ending;
        },
      },
      readableStrategy,
      0,
    );
    const writable = makeWritable(
      {
        start: () => started.promise,
        write: async (chunk) => {
          while (writable.state === 'writable' && !hasRoom(readable)) {
            room = deferred();
            await room.promise;
          }
          if (writable.state === 'erroring') throw writable.error;
          try {
            if (transform === undefined) enqueue(readable.controller, chunk);
            else await transform(chunk, controller);
          } catch (error) {
            fail(error);
            throw error;
          }
        },
        close: () => {
          ending ??= run(flush, controller).then(
            () => {
              if (readable.state === 'errored') throw readable.error;
              if (takesMore(readable.controller)) closeReadable(readable.controller);
            },
            (error) => {
              failReadable(readable, error);
              throw error;
            },
          );
          return ending;
        },
        abort: (reason) => {
          ending ??= run(cancel, reason).then(
            () => failReadable(readable, reason),
            (error) => {
              failReadable(readable, error);
              throw error;
            },
          );
          return ending;
        },
      },
      writableStrategy,
      1,
    );
    const controller = new TransformStreamDefaultController(INTERNAL, {
      readable,
      fail,
      terminate: () => {
        if (takesMore(readable.controller)) closeReadable(readable.controller);
        failWritable(new TypeError('The stream was terminated'));
      },
    });
    this.#readable = readableOf(readable);
    this.#writable = writableOf(writable);
    started.resolve(start?.(controller));
  }

  get readable() {
    return this.#readable;
  }

  get writable() {
    return this.#writable;
  }

  get [Symbol.toStringTag]() {
    return 'TransformStream';
  }
}

/** Somebody waits for a chunk, or the queue takes one. */
function hasRoom({ state, reader, controller }) {
  return state !== 'readable' || (reader?.requests.length ?? 0) > 0 || controller.queue.room > 0;
}

class TransformStreamDefaultController {
  #state;

  constructor(key, state) {
    if (key !== INTERNAL) throw new TypeError('Illegal constructor');
    this.#state = state;
  }

  get desiredSize() {
    const { state, controller } = this.#state.readable;
    if (state === 'errored') return null;
    return state === 'closed' ? 0 : controller.queue.room;
  }

  enqueue(chunk) {
    enqueue(this.#state.readable.controller, chunk);
  }

  error(reason) {
    this.#state.fail(reason);
  }

  terminate() {
    this.#state.terminate();
  }

  get [Symbol.toStringTag]() {
    return 'TransformStreamDefaultController';
  }
}

defineGlobals({ TransformStream, TransformStreamDefaultController });
