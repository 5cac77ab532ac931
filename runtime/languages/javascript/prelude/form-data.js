/** FormData (xhr.spec.whatwg.org#interface-formdata), which has no form to be filled from. */
import { Blob, File } from './blob.js';
import { defineGlobals } from './define.js';

export class FormData {
  /** `[name, value]`, where a value is a string or a File. */
  #entries = [];

  constructor(form) {
    if (form !== undefined) throw new TypeError('Cannot make FormData: there are no forms here');
  }

  append(name, value, ...filename) {
    this.#entries.push(entryOf(name, value, filename));
  }

  set(name, value, ...filename) {
    const entry = entryOf(name, value, filename);
    const index = this.#entries.findIndex(([other]) => other === entry[0]);
    if (index < 0) this.#entries.push(entry);
    else
      this.#entries = this.#entries
        .filter(([other], at) => other !== entry[0] || at === index)
        .with(index, entry);
  }

  delete(name) {
    const key = String(name).toWellFormed();
    this.#entries = this.#entries.filter(([other]) => other !== key);
  }

  get(name) {
    return this.getAll(name)[0] ?? null;
  }

  getAll(name) {
    const key = String(name).toWellFormed();
    return this.#entries.filter(([other]) => other === key).map(([, value]) => value);
  }

  has(name) {
    return this.getAll(name).length > 0;
  }

  forEach(callback, self) {
    for (const [name, value] of this) callback.call(self, value, name, this);
  }

  *entries() {
    for (const [name, value] of this.#entries) yield [name, value];
  }

  *keys() {
    for (const [name] of this.#entries) yield name;
  }

  *values() {
    for (const [, value] of this.#entries) yield value;
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  get [Symbol.toStringTag]() {
    return 'FormData';
  }
}

function entryOf(name, value, filename) {
  const key = String(name).toWellFormed();
  if (!(value instanceof Blob)) {
    if (filename.length > 0) throw new TypeError('Cannot add to FormData: only a Blob has a file name');
    return [key, String(value).toWellFormed()];
  }
  if (filename.length === 0 && value instanceof File) return [key, value];
  const { type, lastModified } = value;
  return [key, new File([value], filename.length === 0 ? 'blob' : filename[0], { type, lastModified })];
}

defineGlobals({ FormData });
