/** structuredClone (html.spec.whatwg.org#structured-cloning) for what a worker can hold. */
import { Blob } from './blob.js';
import { defineGlobals } from './define.js';

const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
const VIEWS = Object.fromEntries(
  [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float16Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  ].map((View) => [View.name, View]),
);

export function structuredClone(value, options) {
  const buffers = transferable(options?.transfer);
  const copy = clone(value, new Map());
  // The copy has bytes of its own already; what is left of a transfer is that the old ones are gone.
  for (const buffer of buffers) buffer.transfer(0);
  return copy;
}

function transferable(transfer = []) {
  const buffers = [...transfer];
  for (const [index, buffer] of buffers.entries()) {
    if (!(buffer instanceof ArrayBuffer) || buffer.detached || buffers.indexOf(buffer) !== index) {
      throw new DOMException('Cannot transfer: expected ArrayBuffers, each once', 'DataCloneError');
    }
  }
  return buffers;
}

function clone(value, known) {
  if (typeof value === 'symbol' || typeof value === 'function') throw uncloneable(value);
  if (typeof value !== 'object' || value === null) return value;
  if (known.has(value)) return known.get(value);
  const copy = emptyCopy(value, known);
  known.set(value, copy);
  if (value instanceof Map) {
    for (const [key, inner] of [...value]) copy.set(clone(key, known), clone(inner, known));
  } else if (value instanceof Set) {
    for (const inner of [...value]) copy.add(clone(inner, known));
  } else if (value instanceof Error) {
    if (Object.hasOwn(value, 'cause')) define(copy, 'cause', clone(value.cause, known), false);
  } else if (Array.isArray(value) || isPlain(value)) {
    for (const key of Object.keys(value)) define(copy, key, clone(value[key], known), true);
  }
  return copy;
}

function define(object, key, value, enumerable) {
  Object.defineProperty(object, key, { value, writable: true, enumerable, configurable: true });
}

function emptyCopy(value, known) {
  if (Array.isArray(value)) return new Array(value.length);
  if (value instanceof Map) return new Map();
  if (value instanceof Set) return new Set();
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof RegExp) return new RegExp(value.source, value.flags);
  if (value instanceof ArrayBuffer) {
    if (value.detached)
      throw new DOMException('An ArrayBuffer that is detached could not be cloned', 'DataCloneError');
    return value.slice(0);
  }
  if (ArrayBuffer.isView(value)) return viewCopy(value, known);
  if (
    value instanceof Boolean ||
    value instanceof Number ||
    value instanceof String ||
    value instanceof BigInt
  ) {
    return Object(value.valueOf());
  }
  if (value instanceof DOMException) return new DOMException(value.message, value.name);
  if (value instanceof Error) {
    const error = new (ERRORS[value.name] ?? Error)(value.message);
    define(error, 'stack', value.stack, false);
    return error;
  }
  if (value instanceof Blob) return value;
  if (isPlain(value)) return {};
  throw uncloneable(value);
}

/** Of the standard's own kind, where the worker has made one of its own. */
function viewCopy(value, known) {
  const buffer = clone(value.buffer, known);
  if (value instanceof DataView) return new DataView(buffer, value.byteOffset, value.byteLength);
  const View = VIEWS[value[Symbol.toStringTag]];
  return new View(buffer, value.byteOffset, value.length);
}

/** Class instances are cloned as their own properties, as in the standard. */
const isPlain = (value) => Object.prototype.toString.call(value) === '[object Object]';

function uncloneable(value) {
  const shown =
    typeof value === 'symbol' ? String(value) : `A value of ${value.constructor?.name ?? typeof value}`;
  return new DOMException(`${shown} could not be cloned`, 'DataCloneError');
}

defineGlobals({ structuredClone });
