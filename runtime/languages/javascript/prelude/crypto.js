/** crypto: randomness, and the object that `subtle-crypto.js` fills (w3.org/TR/WebCryptoAPI). */
import { defineGlobals } from './define.js';
import { compute } from './host.js';
import { SubtleCrypto, subtle } from './subtle-crypto.js';
import { bytesOf } from './text-encoding.js';

const MAXIMUM_RANDOM_BYTES = 65_536;
const INTEGERS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
];

class Crypto {
  get subtle() {
    return subtle;
  }

  getRandomValues(view) {
    if (!INTEGERS.some((Integers) => view instanceof Integers)) {
      throw new DOMException(
        'Cannot fill with random values: expected an array of integers',
        'TypeMismatchError',
      );
    }
    if (view.byteLength > MAXIMUM_RANDOM_BYTES) {
      throw new DOMException(
        `Cannot fill with random values: ${view.byteLength} bytes are more than ${MAXIMUM_RANDOM_BYTES}`,
        'QuotaExceededError',
      );
    }
    bytesOf(view).set(compute('random', view.byteLength));
    return view;
  }

  randomUUID() {
    const bytes = compute('random', 16);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    return bytes.toHex().replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }

  get [Symbol.toStringTag]() {
    return 'Crypto';
  }
}

defineGlobals({ Crypto, SubtleCrypto, crypto: new Crypto() });
