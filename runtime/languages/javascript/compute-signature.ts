import type { KeyObject } from 'node:crypto';

/** What takes the host longer than some milliseconds. */
const MAXIMUM_MODULUS_BITS = 8192;

/** What a key must be to be used with an algorithm of Web Cryptography. */
export interface KeyUse {
  readonly algorithm: string;
  /** Node's name; empty for an algorithm that has its own. */
  readonly hash: string;
  /** Bytes of RSA-PSS. */
  readonly saltLength: number;
}

const KEY_TYPES: Readonly<Record<string, string>> = {
  'RSASSA-PKCS1-v1_5': 'rsa',
  'RSA-PSS': 'rsa',
  ECDSA: 'ec',
  Ed25519: 'ed25519',
};

const CURVES: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
};

/**
 * Reads a public or private key, and gives it in the one form that the guest keeps: JSON with `der` (SPKI or PKCS #8
 * in base64) and what its algorithm is told to be.
 *
 * @throws Error for what is no such key, and for one that is too large
 */
export function importKey(kind: string, format: string, algorithm: string, data: Uint8Array): Uint8Array {
  const key = format === 'jwk' ? keyOfJwk(kind, data) : keyOfDer(kind, data);
  const { asymmetricKeyType: type, asymmetricKeyDetails: details = {} } = key;
  if (type === undefined || KEY_TYPES[algorithm] !== type) throw new Error(`it is no key for ${algorithm}`);
  const { modulusLength = 0, publicExponent = 0n, namedCurve = '' } = details;
  if (modulusLength > MAXIMUM_MODULUS_BITS) throw new Error(`${modulusLength} bits are too many`);
  if (type === 'ec' && CURVES[namedCurve] === undefined) throw new Error('its curve is not supported');
  const der =
    kind === 'public'
      ? key.export({ type: 'spki', format: 'der' })
      : key.export({ type: 'pkcs8', format: 'der' });
  return Buffer.from(
    JSON.stringify({
      der: der.toString('base64'),
      modulusLength,
      publicExponent: publicExponent.toString(16),
      namedCurve: CURVES[namedCurve],
    }),
  );
}

export function sign(use: KeyUse, der: Uint8Array, data: Uint8Array): Uint8Array {
  return nodeCrypto().sign(hashOf(use), data, { key: keyOfDer('private', der), ...optionsOf(use) });
}

/** One byte, 1 where the signature is right. */
export function verify(use: KeyUse, der: Uint8Array, signature: Uint8Array, data: Uint8Array): Uint8Array {
  const key = { key: keyOfDer('public', der), ...optionsOf(use) };
  return Uint8Array.of(nodeCrypto().verify(hashOf(use), data, key, signature) ? 1 : 0);
}

function nodeCrypto(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto');
}

function keyOfDer(kind: string, data: Uint8Array): KeyObject {
  const key = Buffer.from(data);
  return kind === 'public'
    ? nodeCrypto().createPublicKey({ key, format: 'der', type: 'spki' })
    : nodeCrypto().createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

function keyOfJwk(kind: string, data: Uint8Array): KeyObject {
  const key = JSON.parse(Buffer.from(data).toString());
  return kind === 'public'
    ? nodeCrypto().createPublicKey({ key, format: 'jwk' })
    : nodeCrypto().createPrivateKey({ key, format: 'jwk' });
}

function hashOf({ algorithm, hash }: KeyUse): string | null {
  return algorithm === 'Ed25519' ? null : hash;
}

/** Signatures of ECDSA are two numbers side by side, not DER. */
function optionsOf({ algorithm, saltLength }: KeyUse): {
  dsaEncoding?: 'ieee-p1363';
  padding?: number;
  saltLength?: number;
} {
  if (algorithm === 'ECDSA') return { dsaEncoding: 'ieee-p1363' };
  if (algorithm !== 'RSA-PSS') return {};
  return { padding: nodeCrypto().constants.RSA_PKCS1_PSS_PADDING, saltLength };
}
