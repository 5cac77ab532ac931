/** CryptoKey (w3.org/TR/WebCryptoAPI/#cryptokey-interface) of secret keys: their bytes never leave the worker's memory. */
import { defineGlobals } from './define.js';

const INTERNAL = Symbol('internal');

/** The bytes of a key. @throws TypeError for what is no CryptoKey */
export let keyBytes;

export class CryptoKey {
  #bytes;
  #algorithm;
  #extractable;
  #usages;

  static {
    keyBytes = (key) => key.#bytes;
  }

  constructor(key, { bytes, algorithm, extractable, usages } = {}) {
    if (key !== INTERNAL) throw new TypeError('Illegal constructor');
    this.#bytes = bytes;
    this.#algorithm = algorithm;
    this.#extractable = extractable;
    this.#usages = usages;
  }

  get type() {
    return 'secret';
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

export const secretKey = (parts) => new CryptoKey(INTERNAL, parts);

defineGlobals({ CryptoKey });
