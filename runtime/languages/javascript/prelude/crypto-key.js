/** CryptoKey (w3.org/TR/WebCryptoAPI/#cryptokey-interface): its bytes are in the worker's memory and nowhere else. */
import { defineGlobals } from './define.js';

const INTERNAL = Symbol('internal');

/** The bytes of a key. @throws TypeError for what is no CryptoKey */
export let keyBytes;

export class CryptoKey {
  #type;
  #bytes;
  #algorithm;
  #extractable;
  #usages;

  static {
    keyBytes = (key) => key.#bytes;
  }

  constructor(key, { type, bytes, algorithm, extractable, usages } = {}) {
    if (key !== INTERNAL) throw new TypeError('Illegal constructor');
    this.#type = type;
    this.#bytes = bytes;
    this.#algorithm = algorithm;
    this.#extractable = extractable;
    this.#usages = usages;
  }

  get type() {
    return this.#type;
  }

  get extractable() {
    return this.#extractable;
  }

  get algorithm() {
    return { ...this.#algorithm };
  }

  get usages() {
    return [...this.#usages];
  }

  get [Symbol.toStringTag]() {
    return 'CryptoKey';
  }
}

/** A key of its type, bytes, algorithm, extractable and usages. */
export const makeKey = (parts) => new CryptoKey(INTERNAL, parts);

defineGlobals({ CryptoKey });
