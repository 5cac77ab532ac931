/** wws's key/value store: a snapshot comes with the request and goes back with the answer. */
import { defineGlobals } from './define.js';

let entries = new Map();
let changed = false;

export function openCache(kv) {
  entries = new Map(Object.entries(kv));
  changed = false;
}

/** The whole store as JSON text, or undefined when the worker set nothing. Values become strings here. */
export function closeCache() {
  if (!changed) return undefined;
  const kv = Object.create(null);
  for (const [key, value] of entries) {
    if (value !== undefined) kv[key] = String(value).toWellFormed();
  }
  return JSON.stringify(kv);
}

const Cache = {
  get: (key) => entries.get(String(key)),
  set: (key, value) => {
    entries.set(String(key), value);
    changed = true;
  },
};

defineGlobals({ Cache });
