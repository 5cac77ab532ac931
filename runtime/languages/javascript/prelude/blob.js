/** Blob and File (w3.org/TR/FileAPI); the bytes are all in memory. */
import { defineGlobals } from './define.js';
import { streamOfBytes } from './stream-bytes.js';
import { bytesOf, joined, utf8, utf8Text } from './text-encoding.js';

/** The bytes of a Blob, not a copy. @throws TypeError for what is no Blob */
export let blobBytes;

export class Blob {
  #bytes;
  #type;

  static {
    blobBytes = (blob) => blob.#bytes;
  }

  constructor(parts = [], options = undefined) {
    if (typeof parts !== 'object' || parts === null || typeof parts[Symbol.iterator] !== 'function') {
      throw new TypeError('Cannot make a Blob: expected a list of parts');
    }
    const all = [...parts].map((part) =>
      part instanceof Blob ? part.#bytes : (bytesOf(part) ?? utf8(part)),
    );
    this.#bytes = joined(all);
    this.#type = normalType(options?.type);
  }

  get size() {
    return this.#bytes.length;
  }

  get type() {
    return this.#type;
  }

  slice(start, end, type) {
    const part = new Blob([], { type });
    // Nobody can write to the bytes.
    part.#bytes = this.#bytes.subarray(
      ...[start, end].map((index) => (index === undefined ? index : clamped(index))),
    );
    return part;
  }

  async text() {
    return utf8Text(this.#bytes);
  }

  async arrayBuffer() {
    return this.#bytes.slice().buffer;
  }

  async bytes() {
    return this.#bytes.slice();
  }

  stream() {
    return streamOfBytes(this.#bytes.slice());
  }

  get [Symbol.toStringTag]() {
    return 'Blob';
  }
}

export class File extends Blob {
  #name;
  #lastModified;

  constructor(parts, name, options) {
    super(parts, options);
    if (name === undefined) throw new TypeError('Cannot make a File: expected its name');
    this.#name = String(name).toWellFormed();
    const { lastModified = Date.now() } = options ?? {};
    this.#lastModified = Math.trunc(Number(lastModified)) || 0;
  }

  get name() {
    return this.#name;
  }

  get lastModified() {
    return this.#lastModified;
  }

  get webkitRelativePath() {
    return '';
  }

  get [Symbol.toStringTag]() {
    return 'File';
  }
}

function normalType(type) {
  const text = type === undefined ? '' : String(type);
  return /[^\x20-\x7e]/.test(text) ? '' : text.toLowerCase();
}

function clamped(index) {
  return Math.min(Math.max(Math.trunc(Number(index)) || 0, -0x7fffffff), 0x7fffffff);
}

defineGlobals({ Blob, File });
