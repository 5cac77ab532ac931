/** structuredClone (html.spec.whatwg.org#structured-cloning) for what a worker can hold; nothing transfers. */
import { defineGlobals } from './define.js';

const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

function structuredClone(value) {
  return clone(value, new Map());
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
  } else if (Array.isArray(value) || isPlain(value)) {
    for (const key of Object.keys(value)) {
      const inner = clone(value[key], known);
      Object.defineProperty(copy, key, {
        value: inner,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
  }
  return copy;
}

function emptyCopy(value, known) {
  if (Array.isArray(value)) return new Array(value.length);
  if (value instanceof Map) return new Map();
  if (value instanceof Set) return new Set();
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof RegExp) return new RegExp(value.source, value.flags);
  if (value instanceof ArrayBuffer) return value.slice(0);
  if (ArrayBuffer.isView(value)) {
    const buffer = clone(value.buffer, known);
    return new value.constructor(buffer, value.byteOffset, value.length ?? value.byteLength);
  }
  if (value instanceof Boolean || value instanceof Number || value instanceof String)
    return Object(value.valueOf());
  if (value instanceof Error) {
    const error = new (ERRORS[value.name] ?? Error)(value.message);
    Object.defineProperty(error, 'stack', { value: value.stack, writable: true, configurable: true });
    return error;
  }
  if (isPlain(value)) return {};
  throw uncloneable(value);
}

/** Class instances are cloned as their own properties, as in the standard. */
const isPlain = (value) => Object.prototype.toString.call(value) === '[object Object]';

function uncloneable(value) {
  return new DOMException(`${String(value)} could not be cloned`, 'DataCloneError');
}

defineGlobals({ structuredClone });
