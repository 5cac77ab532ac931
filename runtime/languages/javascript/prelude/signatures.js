/** Signatures with key pairs (w3.org/TR/WebCryptoAPI/#rsassa-pkcs1, #rsa-pss, #ecdsa, #ed25519). */
import { keyBytes, makeKey } from './crypto-key.js';
import { compute } from './host.js';
import { bytesOf, utf8, utf8Text } from './text-encoding.js';

const NAMES = ['RSASSA-PKCS1-v1_5', 'RSA-PSS', 'ECDSA', 'Ed25519'];
const HASHES = ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'];

/** The algorithm's name as the standard spells it; undefined for one that has no key pairs. */
export function pairAlgorithm(name) {
  return NAMES.find((known) => known.toUpperCase() === name);
}

export function importOfPair(name, format, data, algorithm, extractable, usages) {
  const isJwk = format === 'jwk';
  if (!isJwk && format !== 'spki' && format !== 'pkcs8') {
    throw new DOMException(
      `Not supported: keys of ${name} in the format ${String(format)}`,
      'NotSupportedError',
    );
  }
  const type = format === 'pkcs8' || (isJwk && data?.d !== undefined) ? 'private' : 'public';
  const wanted = [...new Set(usages)];
  const allowed = type === 'private' ? 'sign' : 'verify';
  if (wanted.some((usage) => usage !== allowed) || (type === 'private' && wanted.length === 0)) {
    throw new DOMException(
      `A ${type} key of ${name} cannot be used for: ${wanted.join(', ')}`,
      'SyntaxError',
    );
  }
  const hash = name.startsWith('RSA') ? { hash: { name: hashNamed(algorithm.hash) } } : {};
  let found;
  try {
    const bytes = isJwk ? utf8(JSON.stringify(data)) : new Uint8Array(bytesOf(data));
    found = JSON.parse(utf8Text(compute('importKey', type, isJwk ? 'jwk' : 'der', name, bytes)));
  } catch (error) {
    throw new DOMException(`Cannot import the key: ${error.message}`, 'DataError');
  }
  if (name === 'ECDSA' && found.namedCurve !== algorithm.namedCurve) {
    throw new DOMException(`Cannot import the key: its curve is ${found.namedCurve}`, 'DataError');
  }
  return makeKey({
    type,
    bytes: Uint8Array.fromBase64(found.der),
    algorithm: { name, ...hash, ...detailsOf(name, found) },
    extractable: Boolean(extractable),
    usages: wanted,
  });
}

function detailsOf(name, { modulusLength, publicExponent, namedCurve }) {
  if (name === 'ECDSA') return { namedCurve };
  if (name === 'Ed25519') return {};
  const digits = publicExponent.length % 2 === 1 ? `0${publicExponent}` : publicExponent;
  return { modulusLength, publicExponent: Uint8Array.fromHex(digits) };
}

export function signWith(name, algorithm, key, data) {
  const use = useOf(name, algorithm, key, 'sign');
  try {
    return compute('sign', ...use, data).buffer;
  } catch (error) {
    throw new DOMException(`Cannot sign with ${name}: ${error.message}`, 'OperationError');
  }
}

export function verifyWith(name, algorithm, key, signature, data) {
  const use = useOf(name, algorithm, key, 'verify');
  try {
    return compute('verify', ...use, signature, data)[0] === 1;
  } catch (error) {
    throw new DOMException(`Cannot verify with ${name}: ${error.message}`, 'OperationError');
  }
}

/** Name, hash, length of the salt and bytes of the key. */
function useOf(name, algorithm, key, usage) {
  const bytes = keyBytes(key);
  if (key.algorithm.name !== name || !key.usages.includes(usage)) {
    throw new DOMException(`The key cannot be used to ${usage} with ${name}`, 'InvalidAccessError');
  }
  const hash = name === 'ECDSA' ? hashNamed(algorithm.hash) : (key.algorithm.hash?.name ?? '');
  return [name, hash, name === 'RSA-PSS' ? Number(algorithm.saltLength) : 0, bytes];
}

function hashNamed(hash) {
  const name = String(typeof hash === 'object' && hash !== null ? hash.name : hash).toUpperCase();
  if (!HASHES.includes(name)) throw new DOMException(`Not supported: the hash ${name}`, 'NotSupportedError');
  return name;
}
