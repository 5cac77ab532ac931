/**
 * The namespace itself, past the copy that `Cache` works on: each call is one step of the store, taken at once and
 * as a whole. Names and shapes are those of KV in Cloudflare Workers, and two steps that it lacks.
 */
import { askHost } from './ask-host.js';
import { noteStored } from './cache.js';
import { defineGlobals } from './define.js';

const MAXIMUM_KEYS = 1000;

async function step(operation) {
  const [reply] = await askHost('kv', JSON.stringify(operation));
  return JSON.parse(reply);
}

function keyOf(key) {
  return String(key).toWellFormed();
}

function textOf(value) {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return String(value).toWellFormed();
  }
  throw new TypeError('KV stores text: expected a string (JSON.stringify makes one of an object)');
}

const KV = {
  /** The text; null for none. With 'json' or { type: 'json' }, what it says. */
  async get(key, type) {
    const text = await step({ type: 'get', key: keyOf(key) });
    return text !== null && (type?.type ?? type) === 'json' ? JSON.parse(text) : text;
  },

  async put(key, value) {
    const [name, text] = [keyOf(key), textOf(value)];
    await step({ type: 'put', key: name, value: text });
    noteStored(name, text);
  },

  /** Whether there was such an entry. */
  async delete(key) {
    const name = keyOf(key);
    const existed = await step({ type: 'delete', key: name });
    noteStored(name, undefined);
    return existed;
  },

  /** Names of entries in order; with `cursor`, those behind it. */
  async list({ prefix = '', limit = MAXIMUM_KEYS, cursor = '' } = {}) {
    const most = Math.min(Math.max(Math.trunc(Number(limit)) || MAXIMUM_KEYS, 1), MAXIMUM_KEYS);
    const operation = { type: 'list', prefix: keyOf(prefix), limit: most, after: keyOf(cursor ?? '') };
    const { keys, complete } = await step(operation);
    const names = keys.map((name) => ({ name }));
    return complete
      ? { keys: names, list_complete: true }
      : { keys: names, list_complete: false, cursor: keys.at(-1) };
  },

  /** Adds a whole number; the sum. What is absent counts as 0. */
  async increment(key, by = 1) {
    if (!Number.isSafeInteger(by)) throw new TypeError('KV.increment expects a whole number');
    const name = keyOf(key);
    const sum = await step({ type: 'increment', key: name, by });
    noteStored(name, String(sum));
    return sum;
  },

  /** Sets an entry if it is as expected; whether it was. null stands for no entry, on both sides. */
  async compareAndSet(key, expected, value) {
    const name = keyOf(key);
    const text = value === null || value === undefined ? null : textOf(value);
    const old = expected === null || expected === undefined ? null : textOf(expected);
    const isSet = await step({ type: 'compareAndSet', key: name, expected: old, value: text });
    if (isSet) noteStored(name, text ?? undefined);
    return isSet;
  },
};

defineGlobals({ KV });
