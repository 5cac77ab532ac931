/** CompressionStream and DecompressionStream (compression.spec.whatwg.org): the host packs all chunks at the end. */
import { defineGlobals } from './define.js';
import { compute } from './host.js';
import { bytesOf, joined } from './text-encoding.js';
import { TransformStream } from './transform-stream.js';

const FORMATS = ['gzip', 'deflate', 'deflate-raw'];

function streamOf(operation, format) {
  const name = String(format);
  if (!FORMATS.includes(name))
    throw new TypeError(`Unknown format ${JSON.stringify(name)}: expected one of ${FORMATS.join(', ')}`);
  const parts = [];
  return new TransformStream({
    transform: (chunk) => {
      const bytes = bytesOf(chunk);
      if (bytes === undefined)
        throw new TypeError(`Cannot ${operation}: expected an ArrayBuffer or a view of one`);
      parts.push(new Uint8Array(bytes));
    },
    flush: (controller) => {
      let result;
      try {
        result = compute(operation, name, joined(parts));
      } catch (error) {
        throw new TypeError(`Cannot ${operation}: ${error.message}`);
      }
      if (result.length > 0) controller.enqueue(result);
    },
  });
}

class CompressionStream {
  #stream;

  constructor(format) {
    this.#stream = streamOf('compress', format);
  }

  get readable() {
    return this.#stream.readable;
  }

  get writable() {
    return this.#stream.writable;
  }

  get [Symbol.toStringTag]() {
    return 'CompressionStream';
  }
}

class DecompressionStream {
  #stream;

  constructor(format) {
    this.#stream = streamOf('decompress', format);
  }

  get readable() {
    return this.#stream.readable;
  }

  get writable() {
    return this.#stream.writable;
  }

  get [Symbol.toStringTag]() {
    return 'DecompressionStream';
  }
}

defineGlobals({ CompressionStream, DecompressionStream });
