/** wws's key/value store: a copy of the namespace comes with the request and goes back with the answer. */
import { defineGlobals } from './define.js';
import { requestPart } from './host.js';

/** Brought over at the first use. */
let entries;
let changed = false;
/** What this request stored by itself, beside the copy (`kv.js`); undefined for what it deleted. */
let stored = new Map();

/** Drops what top-level code saw and set: it ran without a request, and so without a store. */
export function forgetStore() {
  entries = undefined;
  changed = false;
  stored = new Map();
}

function opened() {
  if (entries === undefined) {
    entries = new Map(Object.entries(JSON.parse(requestPart('kv'))));
    for (const [key, value] of stored) update(key, value);
  }
  return entries;
}

function update(key, value) {
  if (value === undefined) entries.delete(key);
  else entries.set(key, value);
}

/** An entry was stored or deleted beside the copy, which shows it as well. */
export function noteStored(key, value) {
  stored.set(key, value);
  if (entries !== undefined) update(key, value);
}

/**
 * The copy as JSON text, with the keys that are to stay as they are in the store; undefined when the worker changed
 * nothing of it. Values become strings here.
 */
export function changedStore() {
  if (!changed) return undefined;
  const kv = Object.create(null);
  for (const [key, value] of entries) {
    if (value !== undefined) kv[key] = String(value).toWellFormed();
  }
  return JSON.stringify({ entries: kv, kept: [...stored.keys()] });
}

/** The last word on a key is what counts, whichever way it was said. */
function change(key) {
  changed = true;
  stored.delete(key);
}

const Cache = {
  get: (key) => opened().get(String(key)),
  set: (key, value) => {
    opened().set(String(key), value);
    change(String(key));
  },
  /** Whether there was such an entry. */
  delete: (key) => {
    const existed = opened().delete(String(key));
    if (existed) change(String(key));
    return existed;
  },
  /** In order. */
  keys: () => [...opened().keys()].sort(),
  list: ({ prefix = '' } = {}) => {
    const keys = Cache.keys().filter((key) => key.startsWith(prefix));
    return { keys: keys.map((name) => ({ name })), list_complete: true };
  },
};

defineGlobals({ Cache });
