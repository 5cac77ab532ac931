/**
 * SubtleCrypto (w3.org/TR/WebCryptoAPI/#subtlecrypto-interface): digests, HMAC, AES, HKDF, PBKDF2 and, by
 * `signatures.js`, signatures with key pairs. The host computes; keys are bytes in the worker's memory.
 */
import { keyBytes, makeKey } from './crypto-key.js';
import { compute } from './host.js';
import { importOfPair, pairAlgorithm, signWith, verifyWith } from './signatures.js';
import { bytesOf } from './text-encoding.js';

const HASHES = { 'SHA-1': 64, 'SHA-256': 64, 'SHA-384': 128, 'SHA-512': 128 };
const AES = ['AES-GCM', 'AES-CBC', 'AES-CTR'];
const USAGES = {
  HMAC: ['sign', 'verify'],
  'AES-GCM': ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'],
  'AES-CBC': ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'],
  'AES-CTR': ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'],
  HKDF: ['deriveKey', 'deriveBits'],
  PBKDF2: ['deriveKey', 'deriveBits'],
};
const TAG_BITS = [32, 64, 96, 104, 112, 120, 128];
const NO_BYTES = new Uint8Array();
const INTERNAL = Symbol('internal');

export class SubtleCrypto {
  constructor(key) {
    if (key !== INTERNAL) throw new TypeError('Illegal constructor');
  }

  async digest(algorithm, data) {
    return compute('digest', hashNamed(algorithm), copyOf(data)).buffer;
  }

  async importKey(format, data, algorithm, extractable, usages) {
    const pair = pairAlgorithm(nameOf(algorithm));
    if (pair !== undefined) return importOfPair(pair, format, data, algorithm, extractable, usages);
    const wanted = normal(algorithm);
    let bytes;
    if (format === 'raw') bytes = copyOf(data);
    else if (format === 'jwk' && wanted.name !== 'HKDF' && wanted.name !== 'PBKDF2') bytes = bytesOfJwk(data);
    else throw notSupported(`keys of ${wanted.name} in the format ${format}`);
    return keyOf(bytes, wanted, extractable, usages);
  }

  async exportKey(format, key) {
    const bytes = keyBytes(key).slice();
    if (key.type !== 'secret') throw notSupported(`export of keys of ${key.algorithm.name}`);
    if (!key.extractable) throw new DOMException('The key is not extractable', 'InvalidAccessError');
    if (format === 'raw') return bytes.buffer;
    if (format !== 'jwk') throw notSupported(`the format ${format}`);
    const k = bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
    return { kty: 'oct', k, alg: jwkName(key.algorithm), key_ops: key.usages, ext: true };
  }

  async generateKey(algorithm, extractable, usages) {
    const wanted = normal(algorithm);
    const length = Number(
      algorithm.length ?? (wanted.name === 'HMAC' ? HASHES[wanted.hash.name] * 8 : undefined),
    );
    if (
      wanted.name === 'HKDF' ||
      wanted.name === 'PBKDF2' ||
      !(length > 0 && length % 8 === 0 && length <= 65_536)
    ) {
      throw new DOMException(`Cannot make a key of ${length} bits for ${wanted.name}`, 'OperationError');
    }
    return keyOf(compute('random', length / 8), wanted, extractable, usages);
  }

  async sign(algorithm, key, data) {
    const pair = pairAlgorithm(nameOf(algorithm));
    if (pair !== undefined) return signWith(pair, algorithm, key, copyOf(data));
    return hmac(algorithm, key, 'sign', data).buffer;
  }

  async verify(algorithm, key, signature, data) {
    const pair = pairAlgorithm(nameOf(algorithm));
    if (pair !== undefined) return verifyWith(pair, algorithm, key, copyOf(signature), copyOf(data));
    const [given, right] = [copyOf(signature), hmac(algorithm, key, 'verify', data)];
    let difference = given.length ^ right.length;
    for (let index = 0; index < right.length; index++) difference |= right[index] ^ given[index];
    return difference === 0;
  }

  async encrypt(algorithm, key, data) {
    return cipher('encrypt', algorithm, key, data);
  }

  async decrypt(algorithm, key, data) {
    return cipher('decrypt', algorithm, key, data);
  }

  async deriveBits(algorithm, key, length) {
    return derived(algorithm, key, 'deriveBits', length).buffer;
  }

  async deriveKey(algorithm, key, wanted, extractable, usages) {
    const target = normal(wanted);
    const length = wanted.length ?? HASHES[target.hash?.name] * 8;
    return keyOf(derived(algorithm, key, 'deriveKey', length), target, extractable, usages);
  }

  get [Symbol.toStringTag]() {
    return 'SubtleCrypto';
  }
}

export const subtle = new SubtleCrypto(INTERNAL);

function copyOf(data) {
  const bytes = bytesOf(data);
  if (bytes === undefined) throw new TypeError('Expected an ArrayBuffer or a view of one');
  return new Uint8Array(bytes);
}

function nameOf(algorithm) {
  return String(
    typeof algorithm === 'object' && algorithm !== null ? algorithm.name : algorithm,
  ).toUpperCase();
}

function hashNamed(algorithm) {
  const name = nameOf(algorithm);
  if (!Object.hasOwn(HASHES, name)) throw notSupported(`the hash ${name}`);
  return name;
}

function normal(algorithm) {
  const name = nameOf(algorithm);
  if (!Object.hasOwn(USAGES, name)) throw notSupported(`the algorithm ${name}`);
  return name === 'HMAC' ? { name, hash: { name: hashNamed(algorithm.hash) } } : { name };
}

function keyOf(bytes, { name, hash }, extractable, usages) {
  const wanted = [...new Set(usages)];
  if (wanted.length === 0 || wanted.some((usage) => !USAGES[name].includes(usage))) {
    throw new DOMException(`A key of ${name} cannot be used for: ${wanted.join(', ')}`, 'SyntaxError');
  }
  if (AES.includes(name) && ![16, 24, 32].includes(bytes.length)) {
    throw new DOMException(`A key of ${name} cannot have ${bytes.length * 8} bits`, 'DataError');
  }
  if (name === 'HMAC' && bytes.length === 0) throw new DOMException('The key is empty', 'DataError');
  const length = name === 'HKDF' || name === 'PBKDF2' ? {} : { length: bytes.length * 8 };
  const algorithm = hash === undefined ? { name, ...length } : { name, hash, ...length };
  return makeKey({ type: 'secret', bytes, algorithm, extractable: Boolean(extractable), usages: wanted });
}

/** The bytes of `key`, which must be for this. */
function bytesFor(key, name, usage) {
  const bytes = keyBytes(key);
  if (key.algorithm.name !== name || !key.usages.includes(usage)) {
    throw new DOMException(`The key cannot be used to ${usage} with ${name}`, 'InvalidAccessError');
  }
  return bytes;
}

function hmac(algorithm, key, usage, data) {
  const name = nameOf(algorithm);
  if (name !== 'HMAC') throw notSupported(`signatures with ${name}`);
  return compute('hmac', key.algorithm.hash?.name ?? '', bytesFor(key, name, usage), copyOf(data));
}

function cipher(direction, algorithm, key, data) {
  const name = nameOf(algorithm);
  if (!AES.includes(name)) throw notSupported(`the cipher ${name}`);
  const bytes = bytesFor(key, name, direction);
  const { iv, counter, additionalData = NO_BYTES, tagLength = 128 } = algorithm;
  if (name === 'AES-GCM' && !TAG_BITS.includes(tagLength)) {
    throw new DOMException(`A tag cannot have ${String(tagLength)} bits`, 'OperationError');
  }
  const start = copyOf(name === 'AES-CTR' ? counter : iv);
  try {
    return compute(direction, name, bytes, start, copyOf(data), copyOf(additionalData), tagLength / 8).buffer;
  } catch {
    throw new DOMException(`Cannot ${direction} with ${name}`, 'OperationError');
  }
}

function derived(algorithm, key, usage, bits) {
  const name = nameOf(algorithm);
  if (name !== 'HKDF' && name !== 'PBKDF2') throw notSupported(`derivation with ${name}`);
  if (!(bits > 0 && bits % 8 === 0))
    throw new DOMException(`Cannot derive ${String(bits)} bits`, 'OperationError');
  const [hash, salt] = [hashNamed(algorithm.hash), copyOf(algorithm.salt)];
  const bytes = bytesFor(key, name, usage);
  try {
    return name === 'HKDF'
      ? compute('hkdf', hash, bytes, salt, copyOf(algorithm.info), bits / 8)
      : compute('pbkdf2', hash, bytes, salt, Number(algorithm.iterations), bits / 8);
  } catch (error) {
    throw new DOMException(`Cannot derive with ${name}: ${error.message}`, 'OperationError');
  }
}

function bytesOfJwk(jwk) {
  if (jwk?.kty !== 'oct' || typeof jwk.k !== 'string') {
    throw new DOMException('Cannot import the key: expected a JSON Web Key of type oct', 'DataError');
  }
  return Uint8Array.fromBase64(jwk.k, { alphabet: 'base64url' });
}

function jwkName({ name, hash, length }) {
  return name === 'HMAC' ? `HS${hash.name.slice(4)}` : `A${length}${name.slice(4)}`;
}

function notSupported(what) {
  return new DOMException(`Not supported: ${what}`, 'NotSupportedError');
}
