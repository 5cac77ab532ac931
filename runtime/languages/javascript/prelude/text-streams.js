/** TextEncoderStream and TextDecoderStream (encoding.spec.whatwg.org#interface-textencoderstream). */
import { defineGlobals } from './define.js';
import { bytesOf, TextDecoder, utf8 } from './text-encoding.js';
import { TransformStream } from './transform-stream.js';

class TextEncoderStream {
  #stream;

  constructor() {
    /** Half of a character, whose other half may come with the next chunk. */
    let half = '';
    this.#stream = new TransformStream({
      transform: (chunk, controller) => {
        let text = half + String(chunk);
        half = /[\ud800-\udbff]$/.exec(text)?.[0] ?? '';
        if (half !== '') text = text.slice(0, -1);
        if (text !== '') controller.enqueue(utf8(text));
      },
      flush: (controller) => {
        if (half !== '') controller.enqueue(utf8(half));
      },
    });
  }

  get encoding() {
    return 'utf-8';
  }

  get readable() {
    return this.#stream.readable;
  }

  get writable() {
    return this.#stream.writable;
  }

  get [Symbol.toStringTag]() {
    return 'TextEncoderStream';
  }
}

class TextDecoderStream {
  #decoder;
  #stream;

  constructor(label, options) {
    const decoder = new TextDecoder(label, options);
    this.#decoder = decoder;
    this.#stream = new TransformStream({
      transform: (chunk, controller) => {
        const bytes = bytesOf(chunk);
        if (bytes === undefined)
          throw new TypeError('Cannot decode: expected an ArrayBuffer or a view of one');
        const text = decoder.decode(bytes, { stream: true });
        if (text !== '') controller.enqueue(text);
      },
      flush: (controller) => {
        const text = decoder.decode();
        if (text !== '') controller.enqueue(text);
      },
    });
  }

  get encoding() {
    return this.#decoder.encoding;
  }

  get fatal() {
    return this.#decoder.fatal;
  }

  get ignoreBOM() {
    return this.#decoder.ignoreBOM;
  }

  get readable() {
    return this.#stream.readable;
  }

  get writable() {
    return this.#stream.writable;
  }

  get [Symbol.toStringTag]() {
    return 'TextDecoderStream';
  }
}

defineGlobals({ TextEncoderStream, TextDecoderStream });
