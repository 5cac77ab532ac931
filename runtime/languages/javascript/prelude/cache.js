/** wws's key/value store: a snapshot comes with the request and goes back with the answer. */
import { defineGlobals } from './define.js';
import { requestPart } from './host.js';

/** Brought over at the first use. */
let entries;
let changed = false;

/** Drops what top-level code saw and set: it ran without a request, and so without a store. */
export function forgetStore() {
  entries = undefined;
  changed = false;
}

function opened() {
  entries ??= new Map(Object.entries(JSON.parse(requestPart('kv'))));
  return entries;
}

/** The whole store as JSON text, or undefined when the worker set nothing. Values become strings here. */
export function changedStore() {
  if (!changed) return undefined;
  const kv = Object.create(null);
  for (const [key, value] of entries) {
    if (value !== undefined) kv[key] = String(value).toWellFormed();
  }
  return JSON.stringify(kv);
}

const Cache = {
  get: (key) => opened().get(String(key)),
  set: (key, value) => {
    opened().set(String(key), value);
    changed = true;
  },
};

defineGlobals({ Cache });
